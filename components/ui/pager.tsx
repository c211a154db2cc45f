import { ButtonLink } from './button-link.tsx'
import { Kbd } from './kbd.tsx'

type PagerProps = {
  /** What is shown of how much, and in which order: "1–50 of 212, sorted by what needs action". */
  summary: string
  previous?: string | undefined
  next?: string | undefined
}

/** Foot of a long list. The arrow keys turn pages (the shell's keyboard layer follows `rel`). */
export function Pager({ summary, previous, next }: PagerProps) {
  return (
    <nav aria-label="Pages" className="flex flex-wrap items-center gap-2 py-3 text-ink-muted text-sm">
      <p className="mr-auto">{summary}</p>
      {previous && (
        <ButtonLink href={previous} rel="prev">
          <Kbd>←</Kbd> Previous
        </ButtonLink>
      )}
      {next && (
        <ButtonLink href={next} rel="next">
          Next <Kbd>→</Kbd>
        </ButtonLink>
      )}
    </nav>
  )
}
