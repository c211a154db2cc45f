'use client'

import Link from 'next/link'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useZone } from '#components/shell/now.tsx'
import { absolute } from '#components/shell/relative.ts'
import { Callout } from '#components/status/callout.tsx'
import { GlyphMark } from '#components/status/glyphs.tsx'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { momentIn, momentText } from '#lib/past/moment.ts'
import type { Moment } from '#lib/past/schema.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { dayPast, fieldText, sliderRange } from './field.ts'

/** How long nobody moves the slider until the page goes there. */
const settleMs = 350

/** The address of this page at another moment, from its first page on; without a moment: now. */
function useAddress() {
  const pathname = usePathname()
  const search = useSearchParams()
  return (at: Instant | null) => {
    const next = new URLSearchParams(search)
    for (const name of ['at', 'after', 'leftAt', 'rightAt', 'pair']) next.delete(name)
    if (at !== null) next.set('at', momentIn(at))
    const text = next.toString()
    return text === '' ? pathname : `${pathname}?${text}`
  }
}

/** Says that the page shows the past, and leads to other moments. */
export function RibbonBody({ moment, problem }: { moment: Moment; problem?: string }) {
  const address = useAddress()
  const zone = useZone()
  const { at, previous, next, since, now } = moment
  const step = (to: Instant | null, label: string, none: string) =>
    to !== null && to < now ? (
      <ButtonLink size="sm" prefetch={false} href={address(to)}>
        {label}
      </ButtonLink>
    ) : (
      <Button size="sm" reason={none}>
        {label}
      </Button>
    )
  return (
    <section
      aria-label="Moment that is shown"
      className="-mx-4 border-line border-b bg-paused-soft px-4 py-2.5 text-sm md:-mx-6 md:px-6 forced-colors:border"
    >
      {problem === undefined ? (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <p className="flex min-w-0 items-center gap-2 text-paused">
            <GlyphMark glyph="square" className="size-4 shrink-0" />
            <strong className="font-semibold">As of {momentText(at)}</strong>
          </p>
          <p className="text-ink-muted">{absolute(at, zone)}. Nothing can be changed in the past.</p>
          <div className="flex flex-wrap items-center gap-2 lg:ml-auto">
            {step(previous, 'Previous deployment', 'Nothing on this page was deployed before this moment.')}
            {step(next, 'Next deployment', 'Nothing on this page was deployed after this moment.')}
            <ButtonLink size="sm" variant="primary" prefetch={false} href={address(null)}>
              Back to now
            </ButtonLink>
          </div>
        </div>
      ) : (
        <Callout
          tone="attention"
          title="This address names no moment, so this is now"
          action={
            <Link href={address(null)} prefetch={false} className="shrink-0 rounded-sm text-ink underline">
              Back to now
            </Link>
          }
        >
          {problem}
        </Callout>
      )}
      <Choice key={at} at={at} since={since ?? dayPast(now)} now={now} address={address} zone={zone} />
    </section>
  )
}

type ChoiceProps = {
  at: Instant
  since: Instant
  now: Instant
  address: (at: Instant) => string
  zone: string
}

/** The field in the viewer's own time zone, and the slider from the first moment that is known to now. */
function Choice({ at, since, now, address, zone }: ChoiceProps) {
  const router = useRouter()
  const [chosen, setChosen] = useState<Instant>(at)
  const [text, setText] = useState<string>()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const { min, max, stepMs } = sliderRange(since, now)
  const go = (event: FormEvent) => {
    event.preventDefault()
    const value = Date.parse(text ?? fieldText(chosen, zone))
    if (!Number.isNaN(value)) router.push(address(instant(value)))
  }
  return (
    <form onSubmit={go} className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-2">
      <label className="flex min-w-0 flex-wrap items-center gap-2 text-ink-muted">
        <span>Date and time in {zone}</span>
        <input
          type="datetime-local"
          required
          value={text ?? fieldText(chosen, zone)}
          max={fieldText(now, zone)}
          onChange={(event) => setText(event.target.value)}
          className="h-8 rounded-md border border-line-strong bg-surface px-2 text-ink pointer-coarse:h-11 max-sm:text-lg"
        />
      </label>
      <Button size="sm" type="submit">
        Show
      </Button>
      <label className="flex min-w-48 grow items-center gap-2 text-ink-muted">
        <span className="sr-only">Moment, from the first that is known to now</span>
        <input
          type="range"
          min={min}
          max={max}
          step={stepMs}
          value={Date.parse(chosen)}
          aria-valuetext={momentText(chosen)}
          onChange={(event) => {
            const to = instant(Number(event.target.value))
            setChosen(to)
            setText(undefined)
            clearTimeout(timer.current)
            timer.current = setTimeout(() => router.replace(address(to)), settleMs)
          }}
          className="h-6 w-full accent-paused"
        />
      </label>
      <span className="text-ink-faint text-xs">
        {momentText(since).split(' ').slice(0, 3).join(' ')} to now
      </span>
    </form>
  )
}
