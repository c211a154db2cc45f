import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import type { Look } from '#components/status/tones.ts'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { AttributedItem } from '#lib/samples/attributes.ts'
import { type Verdict, verdicts, verdictWords } from '#lib/samples/sample.ts'
import { Proofs } from './inquiry-lines.tsx'
import { NoteForm } from './note-form.tsx'

export const verdictLooks = {
  ok: { tone: 'positive', glyph: 'disc', label: verdictWords.ok },
  exception: { tone: 'negative', glyph: 'octagon', label: verdictWords.exception },
  'not-applicable': { tone: 'paused', glyph: 'square', label: verdictWords['not-applicable'] },
} satisfies Record<Verdict, Look>
const none: Look = { tone: 'attention', glyph: 'hourglass', label: 'Not noted yet' }

const metWords = (met: boolean | null) => (met === null ? 'Cannot tell' : met ? 'Yes' : 'No')
const metTone = (met: boolean | null) =>
  met === null ? 'text-ink-muted' : met ? 'text-positive' : 'text-negative'

function Attributes({ item }: { item: AttributedItem }) {
  return (
    <dl className="grid gap-y-1 text-sm">
      {item.attributes.map(({ id, name, met, says }) => (
        <div key={id} className="grid grid-cols-[6rem_1fr] gap-x-3 sm:grid-cols-[12rem_6rem_1fr]">
          <dt className="text-ink-muted max-sm:col-span-2">{name}</dt>
          <dd className={`font-medium ${metTone(met)}`}>{metWords(met)}</dd>
          <dd className="min-w-0 text-ink [overflow-wrap:anywhere]">{visible(says)}</dd>
        </div>
      ))}
      {item.attributes.length === 0 && (
        <p className="text-negative">What this id stands for is not there any more.</p>
      )}
    </dl>
  )
}

function Notes({ item }: { item: AttributedItem }) {
  return (
    <ol className="grid gap-1 text-sm">
      {item.notes.map(({ verdict, words, at, seq }, i) => (
        <li key={seq} className={i > 0 ? 'text-ink-faint' : ''}>
          {i > 0 && 'Before: '}
          {verdictWords[verdict]}
          {words && `: ${visible(words)}`} <Time at={at} as="clock" />,{' '}
          <Link href={paths.history({ entry: String(seq) })} className="text-accent underline">
            entry {seq}
          </Link>
        </li>
      ))}
    </ol>
  )
}

/** The items of a sample, each with what is known of it, what was found, and the form to say so. */
export function SampleItems({
  sample,
  items,
  writable,
}: {
  sample: string
  items: readonly AttributedItem[]
  writable: boolean
}) {
  const choices = verdicts.map((value) => ({ value, label: verdictWords[value] }))
  return (
    <ol className="divide-y divide-line">
      {items.map((item) => {
        const href = item.release
          ? paths.release(item.release)
          : item.finding
            ? paths.finding(item.finding)
            : undefined
        const [note] = item.notes
        return (
          <li key={item.n} id={`item-${item.n}`} className="grid break-inside-avoid gap-3 px-4 py-4">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <h3 className="font-semibold text-base">
                {item.n}. {visible(item.about)}
              </h3>
              <Chip look={note ? verdictLooks[note.verdict] : none} />
              <span className="text-ink-muted text-sm">
                {href ? (
                  <Link href={href} className="font-mono text-accent text-xs hover:underline">
                    {item.item}
                  </Link>
                ) : (
                  <span className="font-mono text-xs">{item.item}</span>
                )}{' '}
                {item.at && <Time at={item.at} as="clock" />}
              </span>
              <span className="ml-auto max-sm:ml-0">
                <Proofs entries={item.entries} evidence={item.release} />
              </span>
            </div>
            <Attributes item={item} />
            <Notes item={item} />
            {writable && <NoteForm sample={sample} n={item.n} verdicts={choices} />}
          </li>
        )
      })}
    </ol>
  )
}
