import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Holding } from '#lib/freezes/freeze.ts'
import { OverrideFreeze } from './override-freeze.tsx'

type Held = Pick<Holding, 'kind' | 'standing' | 'until'>

/** What holds, as a title: `Frozen until tomorrow 08:00`. */
function HeldTitle({ kind, standing, until }: Held) {
  if (standing === 'unknown')
    return kind === 'deny' ? 'Frozen: not computed yet' : 'Window shut: not computed yet'
  const [word, when] =
    kind === 'deny' ? ['Frozen', ' until '] : ['No deployment window is open', ', the next opens ']
  return (
    <>
      {word}
      {until && (
        <>
          {when}
          <Time at={until} as="clock" />
        </>
      )}
    </>
  )
}

type Props = {
  release: string
  freezes: readonly Holding[]
  /** Why the viewer cannot override; undefined when they can. */
  refusal: string | undefined
}

/** Freezes and shut windows that hold a release back, and the way through for those who may; nothing when none does. */
export function HeldBack({ release, freezes, refusal }: Props) {
  const holding = freezes.filter((each) => each.holding)
  const through = freezes.filter(({ override }) => override)
  if (holding.length + through.length === 0) return null
  return (
    <div className="mb-4 grid gap-2">
      {holding.map((freeze) => (
        <Callout
          key={freeze.id}
          tone="paused"
          title={<HeldTitle {...freeze} />}
          action={
            <OverrideFreeze
              release={release}
              freeze={freeze.id}
              what={freeze.kind === 'deny' ? 'freeze' : 'deployment window'}
              refusal={refusal}
            />
          }
        >
          {visible(freeze.by)}: {visible(freeze.reason)}. Approvals stay; it goes on by itself.
        </Callout>
      ))}
      {through.map(({ id, reason, override }) => (
        <Callout key={id} tone="neutral" title="A freeze is overridden for this release">
          {visible(override?.by ?? '')}: {visible(override?.reason ?? '')}. The freeze: {visible(reason)}.
        </Callout>
      ))}
    </div>
  )
}
