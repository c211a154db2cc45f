import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { GlyphMark } from '#components/status/glyphs.tsx'
import { toneSoft, toneText } from '#components/status/tones.ts'
import { cn } from '#components/ui/cn.ts'
import { visible } from '#components/ui/visible.ts'
import { inShort, type Pause, placeWords } from '#lib/pauses/pause.ts'
import { paths } from '#lib/platform/paths.ts'

/** On every page while releases are paused: for what, why, by whom; nothing otherwise. */
export function PauseRibbon({ pauses, more }: { pauses: readonly Pause[]; more: boolean }) {
  if (pauses.length === 0) return null
  return (
    <section aria-label="Paused releases" className={cn('border-line border-b text-sm', toneSoft.attention)}>
      <ul className="grid gap-y-1 px-4 py-2 md:px-6">
        {pauses.map(({ id, place, reason, by, at }) => (
          <li key={id} className="flex items-start gap-2">
            <span className="flex h-5 items-center">
              <GlyphMark glyph="square" className={toneText.attention} />
            </span>
            <p className="min-w-0 break-words">
              <Link href={paths.pauses()} className="font-medium underline">
                Releases are paused for {visible(placeWords(place))}
              </Link>
              : {visible(inShort(reason))}, by {visible(by)}, since <Time at={at} as="clock" />
            </p>
          </li>
        ))}
        {more && (
          <li>
            <Link href={paths.pauses()} className="underline">
              More pauses are on
            </Link>
          </li>
        )}
      </ul>
    </section>
  )
}
