import Link from 'next/link'
import type { SearchResult } from '#lib/search/search.ts'
import { Marked } from './marked.tsx'
import { matchWords } from './words.ts'

/** Results of one kind, one a row; the whole row opens it. */
export function ResultList({ results, label }: { results: readonly SearchResult[]; label: string }) {
  return (
    <ul aria-label={label} data-list="" className="divide-y divide-line">
      {results.map((result) => (
        <li key={result.id}>
          <Link
            href={result.href}
            className="flex min-h-11 items-center gap-3 px-4 py-2 hover:bg-sunken focus-visible:-outline-offset-2"
          >
            <span className="grid min-w-0 gap-0.5">
              <span className="break-words text-ink text-sm">
                <Marked text={result.label} marks={result.labelMarks} />
              </span>
              {result.detail && (
                <span className="break-words text-ink-muted text-xs">
                  <Marked text={result.detail} marks={result.detailMarks} />
                </span>
              )}
            </span>
            {matchWords[result.match] && (
              <span className="ml-auto shrink-0 text-ink-muted text-xs">{matchWords[result.match]}</span>
            )}
          </Link>
        </li>
      ))}
    </ul>
  )
}
