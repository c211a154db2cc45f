'use client'

import { useQuery } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useState } from 'react'
import { fetchJson } from '#components/shell/fetch-json.ts'
import { Button } from '#components/ui/button.tsx'
import { later } from '#components/ui/later.tsx'
import { Menu, MenuItem, MenuLink, MenuSeparator } from '#components/ui/menu.tsx'
import { visible } from '#components/ui/visible.ts'
import type { MatrixFilter } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { type Board, toSearch, viewQuery } from '#lib/views/board.ts'
import { viewsQuery } from '#lib/views/queries.ts'
import type { View, Views } from '#lib/views/view.ts'

const ViewDialog = later(() => import('./view-dialog.tsx').then((module) => module.ViewDialog))

/** Does something whenever the menu around it opens. */
function OnOpen({ act }: { act: () => void }) {
  const opened = useEffectEvent(act)
  useEffect(() => opened(), [])
  return null
}

/** The address of a view: what it shows, and which it is. */
const addressOf = ({ id, query }: View) =>
  paths.services({ ...Object.fromEntries(new URLSearchParams(query)), view: id })

type ViewsMenuProps = { filter: MatrixFilter; board: Board; initial: Views }

/** Addresses under a name: one's own, and those that a group shares. */
export function ViewsMenu({ filter, board, initial }: ViewsMenuProps) {
  const query = useQuery({ ...viewsQuery(fetchJson<Views>), initialData: initial, enabled: false })
  const { views, groups } = query.data
  const [editing, setEditing] = useState<'new' | 'open'>()
  const [opened, setOpened] = useState(false)
  const here = viewQuery(paths.services(toSearch(filter, board)).slice(2))
  const current = views.find(({ id }) => id === board.view) ?? views.find((view) => view.query === here)
  const moved = current !== undefined && current.query !== here
  const edit = (which: 'new' | 'open') => {
    setOpened(true)
    setEditing(which)
  }
  const list = (title: string, shown: readonly View[]) =>
    shown.length > 0 && (
      <>
        <p className="px-2 pt-1.5 pb-0.5 text-2xs text-ink-faint">{title}</p>
        {shown.map((view) => (
          <MenuLink key={view.id} href={addressOf(view)}>
            <span className="truncate">{visible(view.name)}</span>
            <span className="ml-auto shrink-0 pl-3 text-ink-faint">
              {view.id === current?.id
                ? 'open'
                : view.own
                  ? view.isDefault && 'opens first'
                  : visible(view.owner)}
            </span>
          </MenuLink>
        ))}
        <MenuSeparator />
      </>
    )
  return (
    <>
      <Menu
        trigger={
          <Button>
            <span className="max-w-48 truncate">
              {current ? `View: ${visible(current.name)}${moved ? ', changed' : ''}` : 'Views'}
            </span>
          </Button>
        }
      >
        <OnOpen act={() => void query.refetch()} />
        {list(
          'Yours',
          views.filter(({ own }) => own),
        )}
        {list(
          'Shared with your groups',
          views.filter(({ own }) => !own),
        )}
        <MenuItem onSelect={() => edit('new')}>Save what is shown…</MenuItem>
        {current?.own && <MenuItem onSelect={() => edit('open')}>Change “{visible(current.name)}”…</MenuItem>}
      </Menu>
      {opened && (
        <ViewDialog
          key={editing}
          open={editing !== undefined}
          onClose={() => setEditing(undefined)}
          view={editing === 'open' ? current : undefined}
          query={here}
          groups={groups}
          onSaved={async (id) => {
            const { data } = await query.refetch()
            const saved = data?.views.find((view) => view.id === id)
            window.history.replaceState(
              null,
              '',
              saved ? addressOf(saved) : paths.services(toSearch(filter, board)),
            )
          }}
        />
      )}
    </>
  )
}
