import type { ReactNode } from 'react'
import { place } from '#components/releases/words.ts'
import { Callout } from '#components/status/callout.tsx'
import { Chip } from '#components/status/status.tsx'
import { type Look, releaseLook } from '#components/status/tones.ts'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { visible } from '#components/ui/visible.ts'
import type { EvidenceSheet, SheetEntry, SheetRow } from '#lib/evidence/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { ExportEvidence } from './export-evidence.tsx'
import { PrintButton } from './print-button.tsx'

const rowNames: Record<string, string> = {
  request: 'Request',
  plan: 'Plan',
  diff: 'What was seen',
  policy: 'Policy in force',
  authors: 'Authors',
  approvals: 'Approvals',
  'four-eyes': 'Four eyes',
  'step-up': 'Sign-in to approve',
  anchor: 'Anchored first',
  intent: 'Intent',
  answer: 'Argo CD',
  outcome: 'Outcome',
}
const looks: Record<SheetRow['state'], Look> = {
  there: { tone: 'positive', glyph: 'disc', label: 'There' },
  missing: { tone: 'negative', glyph: 'octagon', label: 'Missing' },
  'not-reached': { tone: 'neutral', glyph: 'dashed', label: 'Not needed' },
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-6 break-inside-avoid-page">
      <h2 className="border-line-strong border-b pb-1 font-semibold text-base">{title}</h2>
      <div className="mt-2">{children}</div>
    </section>
  )
}

const Digest = ({ of }: { of: string }) => <span className="break-all font-mono text-xs">{of}</span>

function Checklist({ rows }: { rows: readonly SheetRow[] }) {
  return (
    <ul className="divide-y divide-line">
      {rows.map(({ id, state, says, entries }) => (
        <li
          key={id}
          className="grid break-inside-avoid grid-cols-[7rem_1fr] gap-x-3 gap-y-1 py-1.5 text-sm sm:grid-cols-[9rem_7rem_1fr] print:grid-cols-[8rem_6rem_1fr]"
        >
          <span className="font-medium">{rowNames[id] ?? id}</span>
          <span>
            <Chip look={looks[state]} />
          </span>
          <span className="col-span-2 min-w-0 sm:col-span-1 print:col-span-1">
            {visible(says)}{' '}
            {entries.length > 0 && (
              <span className="text-ink-faint text-xs">
                {entries.length === 1 ? 'Entry' : 'Entries'} {entries.join(', ')}
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Entries({ entries }: { entries: readonly SheetEntry[] }) {
  return (
    <ol className="divide-y divide-line">
      {entries.map(({ seq, at, who, what, leaf }) => (
        <li key={seq} className="grid break-inside-avoid grid-cols-[3.5rem_1fr] gap-x-3 py-1.5 text-sm">
          <span className="font-mono text-xs leading-5">{seq}</span>
          <div className="min-w-0">
            <span className="font-medium">{visible(who)}</span> {visible(what)}
            <div className="text-ink-faint text-xs">
              {visible(at)} · <Digest of={leaf} />
            </div>
          </div>
        </li>
      ))}
    </ol>
  )
}

/** A release on A4. It is for reading: the file is the evidence, and this page says so at its top. */
export function EvidenceSheetPage({ sheet }: { sheet: EvidenceSheet }) {
  const { release, rows, entries, documents, receipts, people, now } = sheet
  const { service, environment, name, project } = release.application
  const missing = rows.filter(({ state }) => state === 'missing').length
  return (
    <article className="mx-auto max-w-3xl pb-8 print:max-w-none print:pb-0">
      <PageHeader
        breadcrumbs={
          <span className="print:hidden">
            <Breadcrumbs above={[{ label: 'Release', href: paths.release(release.id) }]} here="Evidence" />
          </span>
        }
        title={
          <>
            {visible(service)} <span className="font-mono">{visible(release.version.to)}</span> to{' '}
            {visible(place(environment, release.target))}
          </>
        }
        chip={<Chip look={releaseLook(release.state)} />}
        actions={
          <span className="flex flex-wrap items-center gap-2 print:hidden">
            <ExportEvidence asked={{ kind: 'release', release: release.id }} refusal={undefined} />
            <PrintButton />
          </span>
        }
      />
      <Callout tone="attention" title="This page is not the evidence">
        It shows what the portal believes. The signed file is the evidence: fetch it, and check it with the
        verifier and a key that you were given by somebody else.
      </Callout>
      {missing > 0 && (
        <div className="mt-3">
          <Callout
            tone="negative"
            title={missing === 1 ? 'One thing is missing' : `${missing} things are missing`}
          >
            They are named below, in red, and in the file as well.
          </Callout>
        </div>
      )}
      <Section title="The release">
        <Facts
          facts={[
            { name: 'Release', value: <Digest of={release.id} /> },
            { name: 'Application', value: `${visible(project)}/${visible(name)}` },
            { name: 'Plan', value: <Digest of={release.planDigest} /> },
            { name: 'Asked by', value: visible(release.requester.name) },
            { name: 'Asked at (UTC)', value: release.createdAt },
            { name: 'Page made (UTC)', value: now },
          ]}
        />
      </Section>
      <Section title="What there is, and what is missing">
        <Checklist rows={rows} />
      </Section>
      <Section title={`Entries of the log (${entries.length})`}>
        <Entries entries={entries} />
      </Section>
      <Section title="Documents">
        <Facts
          facts={documents.map(({ kind, sha256, bytes }) => ({
            name: `${kind === 'diff' ? 'What was seen' : kind === 'plan' ? 'Plan' : 'Policy'}, ${bytes} bytes`,
            value: <Digest of={sha256} />,
          }))}
        />
      </Section>
      <Section title="Receipts of anchors">
        {receipts.length === 0 ? (
          <p className="text-negative text-sm">No anchor has confirmed anything yet.</p>
        ) : (
          <Facts
            facts={receipts.map(({ id, anchor, size, at }) => ({
              name: `Receipt ${id}`,
              value: `${visible(anchor)} held ${size} entries at ${at}`,
            }))}
          />
        )}
      </Section>
      <Section title="People">
        <Facts
          facts={people.map(({ id, name: person }) => ({ name: visible(person), value: <Digest of={id} /> }))}
        />
      </Section>
    </article>
  )
}
