'use client'

import { Button } from '#components/ui/button.tsx'
import { Menu, MenuChoice, MenuItem, MenuLink, MenuSeparator } from '#components/ui/menu.tsx'
import { visible } from '#components/ui/visible.ts'
import type { MatrixFilter, MatrixPage } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { type Board, toSearch, turned, withColumn } from '#lib/views/board.ts'
import { groupsOf } from './groups.ts'
import { exportLabel, type Go } from './matrix-filters.tsx'

type MenuProps = { filter: MatrixFilter; board: Board; page: MatrixPage }

const orders = [
  { value: 'action', label: 'What needs action' },
  { value: 'name', label: 'Name' },
  { value: 'deployed', label: 'Newest deployment' },
  { value: 'team', label: 'Team, mine first' },
] as const
const densities = [
  { value: 'comfortable', label: 'Comfortable' },
  { value: 'compact', label: 'Compact' },
] as const

/** In which order, how dense, and which environments. */
export function DisplayMenu({ filter, board, page, go }: MenuProps & { go: Go }) {
  const environments = [...new Set(page.columns.map(({ environment }) => environment))]
  const split = groupsOf(page.columns, board).filter(({ targets, first }) => targets > 1 && first)
  const { density: _density, ...rest } = board
  return (
    <Menu trigger={<Button>Display</Button>}>
      <MenuChoice
        label="Order"
        value={filter.sort ?? 'action'}
        options={orders}
        onChange={(order) =>
          go({ ...filter, after: undefined, sort: order === 'action' ? undefined : order })
        }
      />
      <MenuSeparator />
      <MenuChoice
        label="Rows"
        value={board.density ?? 'comfortable'}
        options={densities}
        onChange={(density) => go(filter, density === 'compact' ? { ...rest, density } : rest)}
      />
      <MenuSeparator />
      {environments.map((environment) => (
        <MenuLink
          key={environment}
          href={paths.services(toSearch(filter, withColumn(board, environment, environments)))}
        >
          {visible(environment)}
          <span className="ml-auto text-ink-faint">
            {board.columns?.includes(environment) === false ? 'hidden' : 'shown'}
          </span>
        </MenuLink>
      ))}
      {split.map(({ environment, folded, targets }) => (
        <MenuLink
          key={`targets-${environment}`}
          href={paths.services(toSearch(filter, turned(board, environment, targets)))}
        >
          Targets of {visible(environment)}
          <span className="ml-auto text-ink-faint">{folded ? 'in one column' : 'apart'}</span>
        </MenuLink>
      ))}
    </Menu>
  )
}

/** A file that the browser keeps, without leaving the page. */
function download(href: string) {
  const link = document.createElement('a')
  link.href = href
  link.download = ''
  link.click()
}

/** Exactly what the filter shows, all pages of it, as a file. */
export function ExportMenu({ filter, board, page }: MenuProps) {
  const search = { ...toSearch({ ...filter, after: undefined }, board), view: undefined }
  return (
    <Menu
      trigger={
        <Button {...(page.total === 0 && { reason: 'No service matches, so there is nothing to export.' })}>
          {exportLabel(page)}
        </Button>
      }
    >
      <MenuItem onSelect={() => download(paths.api.export({ ...search, format: 'csv' }))}>
        As CSV, for a spreadsheet
      </MenuItem>
      <MenuItem onSelect={() => download(paths.api.export({ ...search, format: 'json' }))}>
        As JSON, for a program
      </MenuItem>
    </Menu>
  )
}
