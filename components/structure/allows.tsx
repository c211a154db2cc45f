import type { ReactNode } from 'react'
import { Facts } from '#components/ui/facts.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ProjectView } from '#lib/structure/schema.ts'

type Rules = NonNullable<ProjectView['rules']>

function Lines({ of, none }: { of: readonly { key: string; content: ReactNode }[]; none: string }) {
  if (of.length === 0) return <span className="text-ink-muted">{none}</span>
  return (
    <ul className="grid gap-0.5">
      {of.map(({ key, content }) => (
        <li key={key} className="min-w-0 break-words">
          {content}
        </li>
      ))}
    </ul>
  )
}

const not = (is: boolean) => is && <span className="font-medium text-negative">not </span>

/** What a project allows: from where, to where, and which kinds of object. */
export function Allows({ rules }: { rules: Rules }) {
  const plain = (texts: readonly string[], none: string) => (
    <Lines of={texts.map((text) => ({ key: text, content: visible(text) }))} none={none} />
  )
  return (
    <Panel title="What it allows" padded>
      <Facts
        facts={[
          {
            name: 'Sources',
            value: (
              <Lines
                none="none, so nothing can be deployed"
                of={rules.sources.map((each) => ({
                  key: `${each.not}${each.text}`,
                  content: (
                    <>
                      {not(each.not)}
                      {each.text === '*' ? (
                        'every repository'
                      ) : (
                        <code className="font-mono text-xs">{visible(each.text)}</code>
                      )}
                    </>
                  ),
                }))}
              />
            ),
          },
          {
            name: 'Destinations',
            value: (
              <Lines
                none="none, so nothing can be deployed"
                of={rules.destinations.map((each) => ({
                  key: `${each.cluster} ${each.namespace} ${each.not}`,
                  content: (
                    <>
                      {not(each.not)}
                      {visible(each.namespace)} <span className="text-ink-muted">on</span>{' '}
                      {visible(each.cluster)}
                    </>
                  ),
                }))}
              />
            ),
          },
          ...(rules.scopedClustersOnly
            ? [{ name: 'Clusters', value: 'only clusters that belong to this project' }]
            : []),
          { name: 'Cluster-wide kinds', value: visible(rules.clusterWide) },
          { name: 'Other kinds', value: visible(rules.namespaced) },
          ...(rules.namespaces.length > 0
            ? [{ name: 'Applications in', value: plain(rules.namespaces, '') }]
            : []),
          ...(rules.accounts.length > 0 ? [{ name: 'Deploys as', value: plain(rules.accounts, '') }] : []),
          { name: 'Orphaned objects', value: visible(rules.orphans) },
          { name: 'Signatures', value: plain(rules.signatures, 'none needed') },
        ]}
      />
    </Panel>
  )
}
