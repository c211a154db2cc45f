import Link from 'next/link'
import { GlyphMark } from '#components/status/glyphs.tsx'
import { toneSoft, toneText } from '#components/status/tones.ts'
import { cn } from '#components/ui/cn.ts'
import { visible } from '#components/ui/visible.ts'
import type { EmergencyRow } from '#lib/emergencies/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { Clock, standingTones } from './emergency-list.tsx'

/** On every page while a break-glass release waits for approval afterwards; nothing otherwise. */
export function EmergencyRibbon({
  emergencies,
  more,
}: {
  emergencies: readonly EmergencyRow[]
  more: boolean
}) {
  if (emergencies.length === 0) return null
  const late = emergencies.some(({ standing }) => standing === 'overdue')
  return (
    <section
      aria-label="Break-glass releases"
      className={cn('border-line border-b text-sm', late ? toneSoft.negative : toneSoft.attention)}
    >
      <ul className="grid gap-y-1 px-4 py-2 md:px-6">
        {emergencies.map((each) => (
          <li key={each.release} className="flex items-start gap-2">
            <span className="flex h-5 items-center">
              <GlyphMark glyph="octagon" className={toneText[standingTones[each.standing]]} />
            </span>
            <p className="min-w-0 break-words">
              <Link href={paths.release(each.release)} className="font-medium underline">
                Break-glass: {visible(each.application.service)} in {visible(each.application.environment)}
              </Link>
              , by {visible(each.by.name)}; approval by another person <Clock emergency={each} />
            </p>
          </li>
        ))}
        {more && (
          <li>
            <Link href={paths.emergencies()} className="underline">
              More break-glass releases wait
            </Link>
          </li>
        )}
      </ul>
    </section>
  )
}
