import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { WindowView } from '#lib/structure/schema.ts'

function When({ window }: { window: WindowView }) {
  const { outlook } = window
  switch (outlook.kind) {
    case 'unreadable':
      return <>Argo CD cannot read it: {visible(outlook.problem)}.</>
    case 'always':
      return <>On, with no end in sight.</>
    case 'never':
      return <>Off, and not on again within a year.</>
    case 'on':
      return (
        <>
          On until <Time at={outlook.until} as="clock" />.
        </>
      )
    case 'off':
      return (
        <>
          Off. Next:{' '}
          {outlook.next.map(({ from, to }, at) => (
            <span key={from}>
              {at > 0 && ', '}
              <Time at={from} as="clock" /> to <Time at={to} as="clock" />
            </span>
          ))}
          .
        </>
      )
  }
}

const isOn = ({ outlook }: WindowView) => outlook.kind === 'on' || outlook.kind === 'always'

/** The windows of a project, each with what it is about and when it is on. */
export function Windows({ windows }: { windows: readonly WindowView[] }) {
  return (
    <Rows className="border-line border-b">
      {windows.map((window, at) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: windows have no names
          key={at}
          className="grid gap-x-6 gap-y-1 px-4 py-3 text-sm md:grid-cols-[20rem_1fr]"
        >
          <div className="grid min-w-0 justify-items-start gap-1">
            <p className="min-w-0 break-words font-medium text-ink">
              {at + 1}. {window.description ? visible(window.description) : 'without a description'}
            </p>
            <span className="flex flex-wrap gap-1.5">
              <Chip tone={window.kind === 'deny' ? 'negative' : 'positive'}>{visible(window.kind)}</Chip>
              {isOn(window) && <Chip tone="active">on now</Chip>}
              {window.manualSync && <Chip tone="neutral">by hand it may go on</Chip>}
            </span>
          </div>
          <div className="grid min-w-0 gap-0.5 text-ink-muted">
            <p className="text-ink">
              <When window={window} />
            </p>
            <p className="break-words">For {visible(window.about)}.</p>
            <p className="break-words text-xs">
              <code className="font-mono">{visible(window.schedule)}</code> for {visible(window.duration)}, by
              the clock of {visible(window.zone)}
              {window.timeZone && window.timeZone !== window.zone
                ? ` (${visible(window.timeZone)} is no zone that exists)`
                : ''}
              {window.syncOverrun && '; a sync that has begun may finish'}
            </p>
          </div>
        </li>
      ))}
    </Rows>
  )
}
