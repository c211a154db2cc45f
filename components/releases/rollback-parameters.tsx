import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import type { PlanRollback } from '#lib/plans/plan.ts'

/** Parameters of the Application that are not what they were: a revision does not bring them back. */
export function RollbackParameters({ changed }: Pick<PlanRollback, 'changed'>) {
  if (changed.length === 0) return null
  return (
    <div className="grid gap-1.5 text-sm">
      <p className="text-ink-muted">
        Not brought back: these stand in the Application itself, and stay as they are now.
      </p>
      <Table caption="Parameters that are not brought back">
        <Thead>
          <Th>Parameter</Th>
          <Th>Then</Th>
          <Th>Now</Th>
        </Thead>
        <tbody>
          {changed.map(({ name, was, is }) => (
            <Tr key={name}>
              <Td row className="break-all font-mono text-xs">
                {visible(name)}
              </Td>
              <Td className="break-all font-mono text-xs">{visible(was)}</Td>
              <Td className="break-all font-mono text-xs">{visible(is)}</Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </div>
  )
}
