import { type Look, relationLook, releaseLook } from '#components/status/tones.ts'
import { visible } from '#components/ui/visible.ts'
import type { Relation } from '#lib/catalog/relation.ts'
import type { Column } from '#lib/catalog/schema.ts'

/** How a relation is drawn; a release that is under way says where it is. */
export function cellLook(relation: Relation): Look {
  if (relation.kind === 'releasing') return releaseLook(relation.state)
  if (relation.kind === 'differs') return { tone: 'neutral', label: `≠ ${visible(relation.as)}` }
  return relationLook(relation)
}

/** What a column is called: `prod`, or `prod eu` with a target. */
export const columnName = ({ environment, target }: Pick<Column, 'environment' | 'target'>): string =>
  visible(target === null ? environment : `${environment} ${target}`)

/** Who lets something happen there, in two words. */
export const columnRule = (column: Column): string =>
  column.protected ? 'four eyes' : column.automatic ? 'automatic' : 'no approval'
