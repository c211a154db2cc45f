import { Time } from '#components/shell/time.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { cn } from '#components/ui/cn.ts'
import { Panel } from '#components/ui/panel.tsx'
import { Table, Th, Thead } from '#components/ui/table.tsx'
import type { Strip } from '#lib/freezes/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { freezeTitle } from './freeze-words.tsx'

const dayWidth = 1440
const last = 5

/** Days as the viewer's clock has them: one that lacks an hour is as wide as the others. */
function position(days: Strip['days'], at: string): number {
  const after = days.findIndex((day) => day > at)
  if (after === -1) return (days.length - 1) * dayWidth
  if (after === 0) return 0
  const [from, to] = [Date.parse(days[after - 1] ?? at), Date.parse(days[after] ?? at)]
  return Math.round((after - 1 + (Date.parse(at) - from) / (to - from)) * dayWidth)
}

/** Freezes fill a line, windows its lower half: told apart without colour. */
function Bar({ strip, row }: { strip: Strip; row: Strip['rows'][number] }) {
  const { days, now } = strip
  const width = (days.length - 1) * dayWidth
  const deny = row.freeze.kind === 'deny'
  const at = position(days, now)
  return (
    <svg
      viewBox={`0 0 ${width} 20`}
      preserveAspectRatio="none"
      aria-hidden="true"
      className={cn('block h-5 w-full rounded-xs bg-sunken', deny ? 'text-paused' : 'text-positive')}
    >
      {days.slice(1, -1).map((day, index) => (
        <rect key={day} x={(index + 1) * dayWidth} width="12" y="0" height="20" className="fill-line" />
      ))}
      {row.times.map(({ from, to }) => {
        const x = position(days, from)
        return (
          <rect
            key={from}
            x={x}
            width={Math.max(60, position(days, to) - x)}
            y={deny ? 0 : 11}
            height={deny ? 20 : 9}
            fill="currentColor"
          />
        )
      })}
      {at > 0 && <rect x={at} width="40" y="0" height="20" className="fill-ink" />}
    </svg>
  )
}

/** When each freeze and window is on, over 14 days. */
export function FreezeStrip({ strip, zone }: { strip: Strip; zone: string }) {
  const { days, rows, n, now } = strip
  const name = new Intl.DateTimeFormat('en-GB', { weekday: 'short', timeZone: zone })
  const number = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'numeric', timeZone: zone })
  const at = (to: number) => paths.freezes(to === 0 ? {} : { strip: String(to) })
  const shown = days.slice(0, -1)
  return (
    <Panel
      title="14 days"
      aside={
        <span className="flex flex-wrap items-center gap-2">
          {n > 0 && (
            <ButtonLink size="sm" href={at(n - 1)} rel="prev" scroll={false}>
              Earlier
            </ButtonLink>
          )}
          {n < last && (
            <ButtonLink size="sm" href={at(n + 1)} rel="next" scroll={false}>
              Later
            </ButtonLink>
          )}
        </span>
      }
    >
      <Table caption="When freezes and deployment windows are on" className="table-fixed">
        <Thead>
          <Th className="w-24 md:w-56">What</Th>
          {shown.map((day, index) => (
            <Th
              key={day}
              className={cn('px-0 text-center', day <= now && now < (days[index + 1] ?? '') && 'text-ink')}
            >
              <span className="max-md:sr-only">
                {name.format(new Date(day)).slice(0, 2)} {number.format(new Date(day))}
              </span>
              <span aria-hidden="true" className="md:hidden">
                {index % 7 === 0 ? number.format(new Date(day)) : ''}
              </span>
            </Th>
          ))}
        </Thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.freeze.id}>
              <th scope="row" className="truncate px-3 py-1.5 pl-4 text-left font-normal text-xs">
                {freezeTitle(row.freeze)}
              </th>
              <td colSpan={shown.length} className="py-1.5 pr-2">
                <Bar strip={strip} row={row} />
                <ul className="sr-only">
                  {row.times.map(({ from, to }) => (
                    <li key={from}>
                      <Time at={from} as="clock" /> to <Time at={to} as="clock" />
                    </li>
                  ))}
                </ul>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Panel>
  )
}
