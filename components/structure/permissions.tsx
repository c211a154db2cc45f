import { Chip } from '#components/status/status.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ProjectView } from '#lib/structure/schema.ts'

type Rules = NonNullable<ProjectView['rules']>

function who(groups: readonly string[], tokens: number): string {
  const held = [...groups.map(visible)]
  if (tokens > 0) held.push(`${tokens} ${tokens === 1 ? 'token' : 'tokens'}`)
  return held.join(', ') || 'nobody'
}

/** Who may do what to which applications by the roles of the project; what we cannot read stands as it is. */
export function Permissions({ rules }: { rules: Rules }) {
  const { permissions, unreadPolicies } = rules
  return (
    <Panel title="Who may deploy where">
      {permissions.length > 0 && (
        <Table caption="Rights of the project's roles">
          <Thead>
            <Th>Role</Th>
            <Th>Held by</Th>
            <Th>May</Th>
            <Th>Applications</Th>
          </Thead>
          <tbody>
            {permissions.map((each, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two lines may be alike
              <Tr key={at}>
                <Td row className="whitespace-nowrap font-medium">
                  {visible(each.role)}
                </Td>
                <Td className="min-w-24 text-ink-muted">{who(each.groups, each.tokens)}</Td>
                <Td>
                  {each.allow ? (
                    <Chip tone={each.deploys ? 'attention' : 'neutral'} title={visible(each.text)}>
                      {visible(each.may)}
                    </Chip>
                  ) : (
                    <Chip tone="paused" title={visible(each.text)}>
                      not {visible(each.may)}
                    </Chip>
                  )}
                </Td>
                <Td className="min-w-24 break-words">
                  {each.where === null ? (
                    'all'
                  ) : (
                    <code className="font-mono text-xs">{visible(each.where)}</code>
                  )}
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
      <div className="grid gap-2 px-4 py-3 text-ink-muted text-sm">
        {permissions.length === 0 && <p>No role of this project says anything about applications.</p>}
        {unreadPolicies.length > 0 && (
          <div>
            <p>Other lines, as they stand:</p>
            <ul className="mt-1 grid gap-0.5">
              {unreadPolicies.map(({ role, text }, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two lines may be alike
                <li key={at} className="min-w-0 break-words text-xs">
                  {visible(role)}: <code className="font-mono text-ink">{visible(text)}</code>
                </li>
              ))}
            </ul>
          </div>
        )}
        <p>
          Rights that hold for all of Argo CD (policy.csv) come on top of these, and Argo CD does not tell
          them.
        </p>
      </div>
    </Panel>
  )
}
