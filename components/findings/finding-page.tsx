import Link from 'next/link'
import { RefreshOn } from '#components/shell/live.tsx'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { closingWords, type Finding, kindWords, type Source } from '#lib/findings/finding.ts'
import { paths } from '#lib/platform/paths.ts'
import { CloseFinding } from './close-finding.tsx'

const sources: Record<Source, string> = {
  history: 'History of Argo CD',
  operation: 'Operation of Argo CD',
  spec: 'The Application itself',
  live: 'Comparison with what is live',
  identity: 'Identity of the Application',
}

function Side({ name, text }: { name: string; text: string }) {
  return (
    <div className="min-w-0">
      <h3 className="pb-1 text-ink-muted text-xs">{name}</h3>
      <pre className="whitespace-pre-wrap break-all rounded-md bg-sunken p-2 font-mono text-ink text-xs">
        {visible(text) || 'nothing'}
      </pre>
    </div>
  )
}

/** One finding: what, when, who it says it was, both sides, and the way to close it. */
export function FindingPage({ view }: { view: { finding: Finding; refusal: string | undefined } }) {
  const { finding, refusal } = view
  const { id, kind, sentence, saysWho, at, foundAt, lastSeenAt, differences, source, application, closing } =
    finding
  return (
    <>
      <RefreshOn names={[{ application: application.id }]} />
      <PageHeader
        breadcrumbs={
          <Breadcrumbs above={[{ label: 'Findings', href: paths.findings() }]} here={kindWords[kind]} />
        }
        title={`${kindWords[kind]}: ${visible(application.name)}`}
        chip={<Chip tone={closing ? 'neutral' : 'attention'}>{closing ? 'Closed' : 'Open'}</Chip>}
        actions={<CloseFinding finding={id} refusal={refusal} />}
      >
        <p>{visible(sentence)}</p>
      </PageHeader>
      <div className="grid gap-4">
        {closing && (
          <Panel title={closingWords[closing.kind]} note={<Time at={closing.at} as="ago" />} padded>
            <p className="text-sm">
              {visible(closing.name)}: {visible(closing.reason)}
              {closing.reference && ` (${visible(closing.reference)})`}
            </p>
          </Panel>
        )}
        <Panel title="Evidence" padded>
          <Facts
            facts={[
              {
                name: 'Application',
                value: (
                  <Link href={paths.application(application.id)} className="text-accent hover:underline">
                    {visible(application.name)}
                  </Link>
                ),
              },
              {
                name: 'Says it was',
                value: saysWho ? `${visible(saysWho)}, which proves nothing` : 'Nobody is named',
              },
              { name: 'Happened', value: at ? <Time at={at} as="seconds" /> : 'Not known' },
              { name: 'Found', value: <Time at={foundAt} as="seconds" /> },
              { name: 'Last seen', value: <Time at={lastSeenAt} as="seconds" /> },
              { name: 'Seen in', value: sources[source] },
            ]}
          />
        </Panel>
        {differences.length > 0 && (
          <Panel title="What differs" note="Secrets are masked" padded>
            <div className="grid gap-4">
              {differences.map(({ what, before, after }) => (
                <div key={what} className="grid gap-2">
                  <p className="font-medium text-sm">{visible(what)}</p>
                  <div className="grid gap-2 sm:grid-cols-2">
                    <Side name="Before" text={before} />
                    <Side name="After" text={after} />
                  </div>
                </div>
              ))}
            </div>
          </Panel>
        )}
      </div>
    </>
  )
}
