import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { Copyable } from '#components/ui/copyable.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Meaning } from '#lib/applications/revision.ts'

const nameOf = (author: string) => author.replace(/\s*<[^>]*>$/, '')

/** `Good signature` and the like are Argo CD's words; what it says of none is no trouble by itself. */
const signed = (signature: string) => /good|valid/i.test(signature) && !/invalid|bad/i.test(signature)

/** A revision, and what it means as far as anybody knows: subject, author, date, tags, signature. */
export function RevisionMeaning({
  revision,
  meaning,
  what,
}: {
  revision: string
  meaning: Meaning | undefined
  what: string
}) {
  const commit = /^[0-9a-f]{40}$/.test(revision)
  return (
    <div className="grid min-w-0 gap-0.5">
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-2 gap-y-0.5">
        <Copyable value={revision} what={what} length={commit ? 7 : 0} />
        {meaning?.subject && <span className="min-w-0 break-words">{visible(meaning.subject)}</span>}
        {meaning?.tags.map((tag) => (
          <Chip key={tag} tone="neutral" title="Git tag">
            {visible(tag)}
          </Chip>
        ))}
        {meaning?.signature && (
          <Chip
            tone={signed(meaning.signature) ? 'positive' : 'attention'}
            title={visible(meaning.signature)}
          >
            {signed(meaning.signature) ? 'signed' : 'signature not good'}
          </Chip>
        )}
      </div>
      {meaning?.author && (
        <p className="text-ink-muted text-xs">
          {visible(nameOf(meaning.author))}
          {meaning.at && (
            <>
              {' · '}
              <Time at={meaning.at} as="clock" />
            </>
          )}
        </p>
      )}
      {meaning?.problem && !meaning.subject && (
        <p className="break-words text-ink-muted text-xs">
          Argo CD could not say what it is: {visible(meaning.problem)}
        </p>
      )}
      {meaning?.body && (
        <details className="text-xs">
          <summary className="w-fit text-ink-muted hover:text-ink pointer-coarse:py-3">Whole message</summary>
          <pre className="mt-1 max-h-80 overflow-auto whitespace-pre-wrap break-words font-sans text-ink">
            {visible(meaning.body)}
          </pre>
        </details>
      )}
    </div>
  )
}
