import { Time } from '#components/shell/time.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ApplicationStructure } from '#lib/structure/schema.ts'

type Windows = NonNullable<ApplicationStructure['windows']>
type Outlook = Windows['list'][number]['outlook']

function When({ outlook }: { outlook: Outlook }) {
  if (outlook.kind === 'on')
    return (
      <>
        on until <Time at={outlook.until} as="clock" />
      </>
    )
  if (outlook.kind === 'off') {
    const [next] = outlook.next
    return next ? (
      <>
        off, next <Time at={next.from} as="clock" /> to <Time at={next.to} as="clock" />
      </>
    ) : (
      'off'
    )
  }
  if (outlook.kind === 'unreadable') return <>not readable: {visible(outlook.problem)}</>
  return outlook.kind === 'always' ? 'on, with no end in sight' : 'off for more than a year'
}

/** What the windows of the project allow now, and each window that is about this application with when it is on. */
export function SyncWindows({ windows }: { windows: Windows }) {
  const { assigned, automated, manual, until, list } = windows
  if (assigned === 0) return 'None is about it: syncs are allowed at any time'
  return (
    <div className="grid gap-1">
      <p>
        {automated
          ? 'Syncs are allowed now'
          : manual
            ? 'Only syncs by hand are allowed now'
            : 'No sync is allowed now'}
        {until && (
          <>
            , until <Time at={until} as="clock" />
          </>
        )}
      </p>
      <ul className="grid gap-0.5 text-ink-muted text-xs">
        {list.map(({ words, kind, manualSync, outlook }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: windows have no names
          <li key={at} className="break-words">
            <span className="text-ink">{visible(words)}</span>
            {!words.startsWith(kind) && ` (${visible(kind)})`}: <When outlook={outlook} />
            {manualSync && '; by hand it may go on'}
          </li>
        ))}
      </ul>
    </div>
  )
}
