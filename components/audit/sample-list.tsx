import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import type { Look } from '#components/status/tones.ts'
import { Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { momentText } from '#lib/past/moment.ts'
import { paths } from '#lib/platform/paths.ts'
import { populationWords, type Sample } from '#lib/samples/sample.ts'

/** How far a sample is. */
export function sampleLook({ signedOff, noted, items, exceptions }: Sample): Look {
  if (!signedOff) return { tone: 'attention', glyph: 'hourglass', label: `${noted} of ${items} noted` }
  return exceptions === 0
    ? { tone: 'positive', glyph: 'disc', label: 'Signed off, no exception' }
    : {
        tone: 'negative',
        glyph: 'octagon',
        label: `Signed off, ${exceptions} ${exceptions === 1 ? 'exception' : 'exceptions'}`,
      }
}

export function SampleList({ samples }: { samples: readonly Sample[] }) {
  return (
    <Rows>
      {samples.map((sample) => (
        <li key={sample.id} className="grid gap-x-4 gap-y-1 px-4 py-2.5 text-sm sm:grid-cols-[1fr_auto]">
          <span className="min-w-0">
            <Link href={paths.sample(sample.id)} className="font-medium text-ink hover:underline">
              {sample.items} of {sample.population}, {populationWords[sample.kind].toLowerCase()}
            </Link>
            <span className="block text-ink-muted text-xs">
              {momentText(sample.from)} to {momentText(sample.to)}
              {sample.environment && `, ${visible(sample.environment)}`}
            </span>
          </span>
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-muted">
            <Chip look={sampleLook(sample)} />
            {visible(sample.by.name)} <Time at={sample.at} as="ago" />
          </span>
        </li>
      ))}
    </Rows>
  )
}
