import { csvField } from '#lib/catalog/export.ts'
import type { CellThen } from '#lib/past/schema.ts'
import type { ComparedRow, Difference } from './comparison.ts'

const line = (values: readonly (string | null | undefined)[]) => `${values.map(csvField).join(',')}\r\n`

const sideFields = ['application', 'target', 'version', 'revisions', 'health', 'sync', 'deployed at']
const sideOf = (cell: CellThen | null) =>
  cell
    ? [
        ...[cell.name, cell.target, cell.version, cell.revisions.join(' ')],
        ...[cell.health, cell.sync, cell.deployedAt],
      ]
    : sideFields.map(() => '')

const words = (difference: Difference) =>
  difference.kind === 'version' && difference.order ? `version ${difference.order}` : difference.kind

export const csvHead = (): string =>
  line([
    ...['service', 'team', 'difference'],
    ...sideFields.map((name) => `left ${name}`),
    ...sideFields.map((name) => `right ${name}`),
  ])

/** One line for each pair. */
export const csvRows = (rows: readonly ComparedRow[]): string =>
  rows
    .flatMap(({ service, team, pairs }) =>
      pairs.map(({ left, right, difference }) =>
        line([service, team, words(difference), ...sideOf(left), ...sideOf(right)]),
      ),
    )
    .join('')
