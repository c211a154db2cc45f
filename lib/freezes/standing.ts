import { inShort } from '#lib/pauses/pause.ts'
import type { Check } from '#lib/plans/plan.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { wallClock } from '#lib/structure/window.ts'
import type { Holding } from './freeze.ts'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (n: number) => String(n).padStart(2, '0')

/** A moment as the freeze itself goes: `26 Nov 08:00 (Europe/Berlin)`. */
export function momentWords(zone: string, at: Instant): string {
  const { date, minute } = wallClock(zone, at)
  const [, month = '1', day = '1'] = date.split('-')
  return `${Number(day)} ${months[Number(month) - 1]} ${two(Math.floor(minute / 60))}:${two(minute % 60)} (${zone})`
}

type Held = Pick<Holding, 'kind' | 'standing' | 'until' | 'zone' | 'reason'>

/** Why releases wait, in one line: what holds, until when, and the reason. */
export function heldWords({ kind, standing, until, zone, reason }: Held): string {
  const why = inShort(reason)
  if (standing === 'unknown')
    return `Waiting: nobody has computed yet when this ${kind === 'deny' ? 'freeze' : 'deployment window'} is on: ${why}`
  const when = until && momentWords(zone, until)
  if (kind === 'deny') return when ? `Frozen until ${when}: ${why}` : `Frozen: ${why}`
  return when ? `Next window opens ${when}: ${why}` : `No deployment window is open: ${why}`
}

/** What holds until last, of windows what opens first; undefined when nothing holds. */
export function mainHold<T extends Pick<Holding, 'kind' | 'holding' | 'until'>>(
  all: readonly T[],
): T | undefined {
  const holding = all.filter((each) => each.holding)
  const late = '9999'
  const frozen = holding.filter(({ kind }) => kind === 'deny')
  if (frozen.length > 0) return frozen.toSorted((a, b) => ((a.until ?? late) < (b.until ?? late) ? 1 : -1))[0]
  return holding.toSorted((a, b) => ((a.until ?? late) < (b.until ?? late) ? -1 : 1))[0]
}

/**
 * What freezes and windows mean for the application's next release. One that is on lets people ask and approve, and the
 * release waits; what nobody knows stops it.
 */
export function freezeCheck(all: readonly Holding[]): Check {
  const base = { id: 'freeze', title: 'No freeze is on', blocks: false } as const
  const unknown = all.find(({ holding, standing }) => holding && standing === 'unknown')
  if (unknown) return { ...base, result: 'unknown', detail: heldWords(unknown), blocks: true }
  const main = mainHold(all)
  if (main) return { ...base, result: 'fail', detail: `${heldWords(main)}; an approved release waits` }
  const past = all.find(({ override }) => override)
  if (past?.override)
    return { ...base, result: 'pass', detail: `${past.override.by} overrode: ${inShort(past.reason)}` }
  const open = all.find(({ kind, standing }) => kind === 'allow' && standing === 'on')
  if (open)
    return {
      ...{ ...base, title: 'A deployment window is open', result: 'pass' as const },
      detail: open.until ? `until ${momentWords(open.zone, open.until)}` : inShort(open.reason),
    }
  const [next] = all
    .flatMap(({ kind, until, zone }) => (kind === 'deny' && until ? [{ until, zone }] : []))
    .toSorted((a, b) => (a.until < b.until ? -1 : 1))
  const detail = next ? `the next begins ${momentWords(next.zone, next.until)}` : 'none is on or planned'
  return { ...base, result: 'pass', detail }
}
