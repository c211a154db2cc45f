'use client'

import { useEffect, useRef, useState } from 'react'
import { Count } from '#components/status/status.tsx'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { FilterInput } from '#components/ui/filter-input.tsx'
import { Menu, MenuLink } from '#components/ui/menu.tsx'
import { visible } from '#components/ui/visible.ts'
import { narrows, toggled } from '#lib/catalog/filter.ts'
import type { MatrixFilter, MatrixPage } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'

const typingMs = 150

type FiltersProps = { filter: MatrixFilter; page: MatrixPage; go: (filter: MatrixFilter) => void }

/** What narrows the matrix. Each is a link, so that it can be shared and opened beside. */
export function MatrixFilters({ filter, page, go }: FiltersProps) {
  const { counts, teams, unmapped } = page
  const guarded = [...new Set(page.columns.filter((c) => c.protected).map((c) => c.environment))]
  const behind = guarded.length === 1 && guarded[0] ? `Behind in ${visible(guarded[0])}` : 'Behind'
  return (
    <search className="flex flex-wrap items-center gap-2">
      <TextFilter filter={filter} go={go} />
      <ButtonLink
        href={paths.services(toggled(filter, 'only', 'action'))}
        prefetch={false}
        aria-current={filter.only === 'action' ? 'true' : undefined}
      >
        Needs action <Count value={counts.action} />
      </ButtonLink>
      <ButtonLink
        href={paths.services(toggled(filter, 'only', 'behind'))}
        prefetch={false}
        aria-current={filter.only === 'behind' ? 'true' : undefined}
      >
        {behind} <span className="font-normal text-ink-muted">{counts.behind}</span>
      </ButtonLink>
      {teams.length > 1 && (
        <Menu
          align="start"
          trigger={<Button>{filter.team ? `Team ${visible(filter.team)}` : 'Team'}</Button>}
        >
          {teams.map((team) => (
            <MenuLink key={team} href={paths.services(toggled(filter, 'team', team))}>
              {visible(team)}
              {team === filter.team && <span className="ml-auto text-ink-faint">shown</span>}
            </MenuLink>
          ))}
        </Menu>
      )}
      {narrows(filter) && (
        <ButtonLink
          variant="quiet"
          prefetch={false}
          href={paths.services(filter.sort ? { sort: filter.sort } : {})}
        >
          Clear filters
        </ButtonLink>
      )}
      {unmapped > 0 && (
        <ButtonLink href={paths.unmapped()} prefetch={false} className="ml-auto max-md:ml-0">
          Unmapped <span className="font-normal text-ink-muted">{unmapped}</span>
        </ButtonLink>
      )}
    </search>
  )
}

function TextFilter({ filter, go }: Pick<FiltersProps, 'filter' | 'go'>) {
  const current = filter.q ?? ''
  const [text, setText] = useState(current)
  const sent = useRef(current)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    // The address changed by something else than typing (Back, "Clear filters"): the box follows.
    if (current === sent.current) return
    clearTimeout(timer.current)
    sent.current = current
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
          sent.current = value.trim()
          go({ ...filter, q: value.trim() || undefined, after: undefined })
        }, typingMs)
      }}
      className="max-sm:w-0 max-sm:min-w-40 max-sm:grow"
    />
  )
}
