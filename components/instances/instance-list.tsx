import type { ReactNode } from 'react'
import { RefreshOn } from '#components/shell/live.tsx'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { StructureTabs } from '#components/structure/structure-tabs.tsx'
import { OutLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { InstanceView, Reading } from '#lib/instances/schema.ts'
import { instanceLook } from './look.ts'

/** Every Argo CD with its state, version, and what our account may do there. */
export function InstanceList({ instances }: { instances: readonly InstanceView[] }) {
  return (
    <>
      <RefreshOn names={[{ instance: '*' }, { catalog: true }]} />
      <PageHeader title="Instances" summary={instances.length > 0 && `${instances.length} of Argo CD`} />
      <StructureTabs here="Instances" />
      <div className="mt-4 grid gap-4">
        {instances.length === 0 ? (
          <Panel>
            <Empty kind="nothing-yet" title="No instances">
              No Argo CD is known of which you may read anything. They are named under{' '}
              <code className="font-mono text-ink">instances</code> in countersign.yaml.
            </Empty>
          </Panel>
        ) : (
          instances.map((instance) => <Instance key={instance.name} instance={instance} />)
        )}
      </div>
    </>
  )
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

const at = (moment: string | null, none: string): ReactNode =>
  moment ? <Time at={moment} as="ago" /> : <span className="text-ink-muted">{none}</span>

function Instance({ instance }: { instance: InstanceView }) {
  const { line, advisories, account } = instance
  return (
    <Panel
      title={visible(instance.name)}
      note={
        <>
          <Chip look={instanceLook(line)} />
          {line.since && (
            <span>
              since <Time at={line.since} as="clock" />
            </span>
          )}
        </>
      }
      aside={
        instance.webUrl && (
          <OutLink href={instance.webUrl} aria-label={`Argo CD ${visible(instance.name)}`}>
            Argo CD
          </OutLink>
        )
      }
      padded
    >
      {line.remedy && line.kind !== 'advisory' && (
        <p className="mb-3 break-words text-sm">
          {visible(line.remedy)}
          {instance.detail && <span className="text-ink-muted"> It said: {visible(instance.detail)}</span>}
        </p>
      )}
      <div className="grid gap-x-10 gap-y-4 md:grid-cols-2">
        <Facts
          className="content-start"
          facts={[
            { name: 'Version', value: instance.version ? visible(instance.version) : 'not told yet' },
            { name: 'Applications', value: `${instance.applications}` },
            { name: 'Last heard of', value: at(instance.lastContactAt, 'never') },
            { name: 'Last whole list', value: at(instance.sweptAt, 'never') },
            { name: 'ApplicationSets', value: <ReadingWords of={instance.sets} /> },
            { name: 'Projects', value: <ReadingWords of={instance.projects} /> },
          ]}
        />
        <div className="grid content-start gap-4">
          {advisories.length > 0 && (
            <Facts
              facts={advisories.map(({ id, what, remedy, source }) => ({
                name: id,
                value: (
                  <>
                    {sentence(what)} {remedy}{' '}
                    <OutLink href={source} aria-label={`Record of ${id}`}>
                      Record
                    </OutLink>
                  </>
                ),
              }))}
            />
          )}
          {account && <Rights account={account} />}
        </div>
      </div>
    </Panel>
  )
}

function ReadingWords({ of }: { of: Reading }) {
  if (of.state === 'read') return <>read {at(of.readAt, '')}</>
  if (of.state === 'forbidden') return <span className="text-attention">our account may not read them</span>
  if (of.state === 'unknown') return <span className="text-ink-muted">not asked yet</span>
  return (
    <span className="text-attention">not answered{of.readAt && <>, last read {at(of.readAt, '')}</>}</span>
  )
}

function Rights({ account }: { account: NonNullable<InstanceView['account']> }) {
  return (
    <Facts
      facts={[
        { name: 'Our account', value: visible(account.name ?? 'unnamed') },
        ...account.rights.map(({ words, held, wanted, for: use }) => ({
          name: words,
          value: (
            <>
              {held === wanted ? (
                <span>{held ? 'everywhere' : 'no, as it should be'}</span>
              ) : (
                <Chip tone={wanted ? 'attention' : 'negative'} glyph={wanted ? 'triangle' : 'octagon'}>
                  {wanted ? 'not everywhere' : 'yes: take it away'}
                </Chip>
              )}{' '}
              <span className="text-ink-faint text-xs">{use}</span>
            </>
          ),
        })),
      ]}
    />
  )
}
