import type { ReactNode } from 'react'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { buttonStyle } from '#components/ui/button-style.ts'
import { differences, type Only } from '#lib/comparison/comparison.ts'
import type { ComparePage } from '#lib/comparison/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { addressOf, kindWords } from './difference-words.ts'

type Props = { asked: ComparePage['asked']; found: ComparePage['found']; left: string; right: string }

/** How many differ how, each a filter. */
export function CompareFilters({ asked, found, left, right }: Props) {
  const { counts } = found
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const filter = (only: Only, words: ReactNode, count: number) => (
    <ButtonLink
      key={only}
      size="sm"
      prefetch={false}
      href={paths.compare(addressOf({ ...asked, only: asked.only === only ? 'differences' : only }))}
      aria-current={asked.only === only ? 'true' : undefined}
    >
      {words} <span className="font-normal text-ink-muted">{count.toLocaleString('en')}</span>
    </ButtonLink>
  )
  return (
    <nav aria-label="Differences" className="mt-3 flex flex-wrap gap-2">
      {filter('differences', 'Only differences', all - counts.same)}
      {differences.map(
        (kind) => counts[kind] > 0 && filter(kind, kindWords(kind, left, right), counts[kind]),
      )}
      {filter('all', 'All', all)}
      <a
        href={paths.api.comparisonExport(addressOf(asked))}
        download=""
        className={buttonStyle('quiet', 'sm', 'lg:ml-auto')}
      >
        Export as CSV
      </a>
    </nav>
  )
}
