'use client'

import { type ReactNode, useEffect, useRef, useState } from 'react'
import { dayPast } from '#components/past/field.ts'
import { Count } from '#components/status/status.tsx'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { FilterInput } from '#components/ui/filter-input.tsx'
import { Menu, MenuLink } from '#components/ui/menu.tsx'
import { visible } from '#components/ui/visible.ts'
import { narrows, toggled } from '#lib/catalog/filter.ts'
import type { MatrixFilter, MatrixPage } from '#lib/catalog/schema.ts'
import { momentIn } from '#lib/past/moment.ts'
import { paths } from '#lib/platform/paths.ts'
import { type Board, toSearch } from '#lib/views/board.ts'
import type { Views } from '#lib/views/view.ts'
import { totalText } from './groups.ts'
import type { MatrixToolsProps } from './matrix-tools.tsx'

const typingMs = 150

export type Go = (filter: MatrixFilter, board?: Board) => void

type FiltersProps = {
  filter: MatrixFilter
  board: Board
  page: MatrixPage
  views: Views
  go: Go
}

/** What narrows the matrix and how it is laid out. Filters are links, so that they can be shared and opened beside. */
export function MatrixFilters({ filter, board, page, views, go }: FiltersProps) {
  const { counts, teams, myTeams, unmapped } = page
  const guarded = [...new Set(page.columns.filter((c) => c.protected).map((c) => c.environment))]
  const behind = guarded.length === 1 && guarded[0] ? `Behind in ${visible(guarded[0])}` : 'Behind'
  const to = (next: MatrixFilter) => paths.services(toSearch(next, board))
  return (
    <search className="flex flex-wrap items-center gap-2">
      <TextFilter filter={filter} go={go} />
      {/* On a phone the rest is one line that scrolls: what it lists is more important than how. */}
      <div className="flex gap-2 max-md:-mx-4 max-md:w-screen max-md:overflow-x-auto max-md:px-4 max-md:py-1 max-md:[scrollbar-width:none] md:contents">
        <Toggle href={to(toggled(filter, 'only', 'action'))} on={filter.only === 'action'}>
          Needs action <Count value={counts.action} />
        </Toggle>
        {myTeams.length > 0 && (
          <Toggle href={to(toggled(filter, 'sort', 'team'))} on={filter.sort === 'team'}>
            My teams first
          </Toggle>
        )}
        <Toggle href={to(toggled(filter, 'only', 'behind'))} on={filter.only === 'behind'}>
          {behind} <span className="font-normal text-ink-muted">{counts.behind.toLocaleString('en')}</span>
        </Toggle>
        {teams.length > 1 && (
          <Menu
            align="start"
            trigger={<Button>{filter.team ? `Team ${visible(filter.team)}` : 'Team'}</Button>}
          >
            {teams.map((team) => (
              <MenuLink key={team} href={to(toggled(filter, 'team', team))}>
                {visible(team)}
                {team === filter.team && <span className="ml-auto text-ink-faint">shown</span>}
              </MenuLink>
            ))}
          </Menu>
        )}
        {narrows(filter) && (
          <ButtonLink variant="quiet" prefetch={false} href={to(filter.sort ? { sort: filter.sort } : {})}>
            Clear filters
          </ButtonLink>
        )}
        <div className="flex items-center gap-2 lg:ml-auto">
          {unmapped > 0 && (
            <ButtonLink variant="quiet" href={paths.unmapped()} prefetch={false}>
              Unmapped <span className="font-normal text-ink-muted">{unmapped.toLocaleString('en')}</span>
            </ButtonLink>
          )}
          <ButtonLink
            variant="quiet"
            prefetch={false}
            title="What ran where at an earlier moment"
            href={paths.services({ at: momentIn(dayPast(page.at)), q: filter.q })}
          >
            As of…
          </ButtonLink>
          <Tools filter={filter} board={board} page={page} views={views} go={go} />
        </div>
      </div>
    </search>
  )
}

/** The menus come after the first view; until then their buttons hold the place, and keep a press for them. */
function Tools(props: MatrixToolsProps) {
  const [parts, setParts] = useState<typeof import('./matrix-tools.tsx')>()
  const place = useRef<HTMLSpanElement>(null)
  const pressed = useRef(-1)
  useEffect(() => {
    import('./matrix-tools.tsx').then(setParts, () => {})
  }, [])
  useEffect(() => {
    if (!parts || pressed.current < 0) return
    const button = place.current?.querySelectorAll('button')[pressed.current]
    pressed.current = -1
    button?.focus()
    button?.click()
  }, [parts])
  const { page, views, board } = props
  const view = views.views.find(({ id }) => id === board.view)
  const labels = ['Display', exportLabel(page), view ? `View: ${visible(view.name)}` : 'Views']
  return (
    <span ref={place} className="contents">
      {parts ? (
        <parts.MatrixTools {...props} />
      ) : (
        labels.map((label, index) => (
          <Button
            key={label}
            aria-busy="true"
            onClick={() => {
              pressed.current = index
            }}
          >
            <span className="max-w-48 truncate">{label}</span>
          </Button>
        ))
      )}
    </span>
  )
}

/** What the button of the export says. */
export const exportLabel = (page: Pick<MatrixPage, 'total' | 'totalIsMinimum'>): string =>
  `Export ${totalText(page)} ${page.total === 1 ? 'row' : 'rows'}`

function Toggle({ href, on, children }: { href: string; on: boolean; children: ReactNode }) {
  return (
    <ButtonLink href={href} prefetch={false} aria-current={on ? 'true' : undefined}>
      {children}
    </ButtonLink>
  )
}

function TextFilter({ filter, go }: { filter: MatrixFilter; go: Go }) {
  const current = filter.q ?? ''
  const [text, setText] = useState(current)
  // What was sent and has not stood in the address yet: under load, a letter arrives there after the next was sent.
  const sent = useRef([current])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    // The address changed by something else than typing (Back, "Clear filters"): the box follows.
    const own = sent.current.indexOf(current)
    if (own >= 0) {
      sent.current.splice(0, own)
      return
    }
    clearTimeout(timer.current)
    sent.current = [current]
    setText(current)
  }, [current])
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <FilterInput
      label="Filter by name, team, image"
      value={text}
      onChange={(event) => {
        const { value } = event.target
        setText(value)
        clearTimeout(timer.current)
        timer.current = setTimeout(() => {
          sent.current.push(value.trim())
          go({ ...filter, q: value.trim() || undefined, after: undefined })
        }, typingMs)
      }}
      className="max-sm:basis-full"
    />
  )
}
