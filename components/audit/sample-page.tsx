import { Callout } from '#components/status/callout.tsx'
import { Chip } from '#components/status/status.tsx'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { momentText } from '#lib/past/moment.ts'
import { paths } from '#lib/platform/paths.ts'
import type { SampleView } from '#lib/samples/loaders.ts'
import { method, populationWords } from '#lib/samples/sample.ts'
import { SampleItems } from './sample-items.tsx'
import { sampleLook } from './sample-list.tsx'
import { SignOff } from './sign-off.tsx'

const Digest = ({ of }: { of: string }) => <span className="break-all font-mono text-xs">{of}</span>

/** How the sample was drawn, as it also stands on paper. */
export function DrawFacts({ view }: { view: SampleView }) {
  const { sample, paper, again } = view
  return (
    <Facts
      facts={[
        {
          name: 'Population',
          value: `${populationWords[sample.kind]}: ${sample.population}${sample.environment ? `, in ${visible(sample.environment)}` : ''}${sample.projects ? `, projects ${sample.projects.map(visible).join(', ')}` : ', all projects'}`,
        },
        { name: 'Period', value: `${momentText(sample.from)} to ${momentText(sample.to)}` },
        { name: 'Seed', value: <span className="font-mono">{sample.seed}</span> },
        {
          name: 'Drawn',
          value: `${sample.items} by ${visible(sample.by.name)}, ${sample.at}, entry ${sample.seq}`,
        },
        { name: 'Method', value: method },
        {
          name: 'Population again',
          value:
            again === 'same'
              ? 'The same today: the digest below still fits.'
              : 'Not the same today: what was known of it has changed since. The digest is of what was found then.',
        },
        { name: 'Population SHA-256', value: <Digest of={sample.digest} /> },
        { name: 'Paper SHA-256', value: <Digest of={paper} /> },
      ]}
    />
  )
}

/** One sample: how it was drawn, its items one after the other, and the sign-off. */
export function SamplePage({ view }: { view: SampleView }) {
  const { sample, items, paper, writing, signing, exportRefusal } = view
  const { signedOff } = sample
  return (
    <>
      <PageHeader
        breadcrumbs={
          <Breadcrumbs
            above={[
              { label: 'Audit', href: paths.audit() },
              { label: 'Samples', href: paths.samples() },
            ]}
            here={sample.id}
          />
        }
        title={`Sample of ${sample.items}`}
        chip={<Chip look={sampleLook(sample)} />}
        actions={
          <>
            <ButtonLink href={paths.samplePaper(sample.id)}>Working paper</ButtonLink>
            {!exportRefusal && (
              <ButtonLink href={paths.api.samplePaper(sample.id)} prefetch={false}>
                Export JSON
              </ButtonLink>
            )}
            {!signedOff && (
              <SignOff
                {...{ sample: sample.id, paper, items: sample.items, exceptions: sample.exceptions }}
                refusal={signing}
              />
            )}
          </>
        }
      />
      <div className="grid gap-3">
        {signedOff && (
          <Callout tone="neutral" title={`Signed off by ${visible(sample.by.name)}, entry ${signedOff.seq}`}>
            {visible(signedOff.conclusion)}
          </Callout>
        )}
        <Panel title="The draw" padded>
          <DrawFacts view={view} />
        </Panel>
        <Panel title="Items" note={writing ?? `${sample.noted} of ${sample.items} noted`}>
          <SampleItems sample={sample.id} items={items} writable={writing === undefined} />
        </Panel>
      </div>
    </>
  )
}
