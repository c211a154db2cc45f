import { ButtonLink } from '#components/ui/button-link.tsx'
import { cn } from '#components/ui/cn.ts'
import { Table, Th, Thead } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { ProjectView, WeekView, WindowView } from '#lib/structure/schema.ts'
import type { Day } from '#lib/structure/window.ts'

type Rules = NonNullable<ProjectView['rules']>

const dayName = new Intl.DateTimeFormat('en-GB', { weekday: 'short', timeZone: 'UTC' })
const dayNumber = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const longDay = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
})
const noon = (date: string) => new Date(`${date}T12:00:00Z`)

const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
const hours = ({ stretches }: Day) =>
  stretches.map(({ fromMin, toMin }) =>
    fromMin === 0 && toMin === 1440 ? 'all day' : `${clock(fromMin)}–${clock(toMin)}`,
  )

/** The week of a project's windows, once for each time zone that they go by. */
export function Calendar({
  project,
  rules,
  week,
}: {
  project: { instance: string; name: string }
  rules: Rules
  week: number
}) {
  const at = (weeks: number) => paths.project(project, weeks === 0 ? undefined : String(weeks))
  return (
    <>
      <nav aria-label="Week" className="flex flex-wrap items-center gap-2 px-4 pt-3 text-ink-muted text-sm">
        <p className="mr-auto">
          Week of {rules.weeks[0] ? longDay.format(noon(rules.weeks[0].monday)) : '…'}
        </p>
        <ButtonLink size="sm" href={at(week - 1)} rel="prev" scroll={false}>
          Week before
        </ButtonLink>
        {week !== 0 && (
          <ButtonLink size="sm" href={at(0)} scroll={false}>
            This week
          </ButtonLink>
        )}
        <ButtonLink size="sm" href={at(week + 1)} rel="next" scroll={false}>
          Week after
        </ButtonLink>
      </nav>
      {rules.weeks.map((view) => (
        <Week key={view.zone} view={view} windows={rules.windows} />
      ))}
    </>
  )
}

function Week({ view, windows }: { view: WeekView; windows: readonly WindowView[] }) {
  const days = view.windows[0]?.days ?? []
  return (
    <div className="pt-3 pb-1">
      <p className="px-4 pb-1 font-medium text-ink text-xs">By the clock of {visible(view.zone)}</p>
      <Table caption={`Week of the windows by the clock of ${visible(view.zone)}`} className="table-fixed">
        <Thead>
          <Th className="w-10 md:w-44">
            <span className="max-md:sr-only">Window</span>
          </Th>
          {days.map(({ date }) => (
            <Th key={date} className={cn('px-1 md:px-2', date === view.now.date && 'text-ink')}>
              <span className="max-md:hidden">
                {dayName.format(noon(date))} {dayNumber.format(noon(date))}
              </span>
              <span className="md:hidden">{dayName.format(noon(date)).slice(0, 2)}</span>
            </Th>
          ))}
        </Thead>
        <tbody>
          {view.windows.map(({ index, days: own }) => {
            const window = windows[index]
            return window ? (
              <tr key={index}>
                <th scope="row" className="truncate px-3 py-1.5 pl-4 text-left align-top font-normal text-xs">
                  {index + 1}.
                  <span className="max-md:hidden"> {visible(window.description ?? window.kind)}</span>
                </th>
                {own.map((day) => (
                  <td key={day.date} className="px-0.5 py-1.5 align-top md:px-1">
                    <DayBar
                      day={day}
                      deny={window.kind === 'deny'}
                      now={day.date === view.now.date ? view.now.minute : null}
                    />
                  </td>
                ))}
              </tr>
            ) : null
          })}
        </tbody>
      </Table>
    </div>
  )
}

/** One day from midnight to midnight; the times stand below it, and are read out where there is no room. */
function DayBar({ day, deny, now }: { day: Day; deny: boolean; now: number | null }) {
  const said = hours(day)
  return (
    <>
      <svg
        viewBox="0 0 1440 20"
        preserveAspectRatio="none"
        aria-hidden="true"
        className={cn('block h-5 w-full rounded-xs bg-sunken', deny ? 'text-negative' : 'text-positive')}
      >
        {day.stretches.map(({ fromMin, toMin }) => (
          <rect
            key={fromMin}
            x={fromMin}
            width={Math.max(12, toMin - fromMin)}
            y={deny ? 0 : 12}
            height={deny ? 20 : 8}
            fill="currentColor"
          />
        ))}
        {now !== null && <rect x={now} width="14" y="0" height="20" className="fill-ink" />}
      </svg>
      <p className="mt-0.5 text-2xs text-ink-muted max-md:sr-only">{said.join(', ') || <>&nbsp;</>}</p>
    </>
  )
}
