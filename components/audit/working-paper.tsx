import { Callout } from '#components/status/callout.tsx'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { SampleView } from '#lib/samples/loaders.ts'
import { verdictWords } from '#lib/samples/sample.ts'
import { PrintButton } from './print-button.tsx'
import { DrawFacts } from './sample-page.tsx'

const met = (value: boolean | null) => (value === null ? 'cannot tell' : value ? 'yes' : 'no')

/** The working paper on A4: draw, items, findings and sign-off, with the numbers of their entries. */
export function WorkingPaper({ view }: { view: SampleView }) {
  const { sample, items, now } = view
  const { signedOff } = sample
  const heading = 'border-line-strong border-b pb-1 font-semibold text-base'
  return (
    <article className="mx-auto max-w-3xl pb-8 print:max-w-none print:pb-0">
      <PageHeader
        breadcrumbs={
          <span className="print:hidden">
            <Breadcrumbs above={[{ label: 'Sample', href: paths.sample(sample.id) }]} here="Working paper" />
          </span>
        }
        title="Working paper"
        summary={<span className="font-mono text-xs">{sample.id}</span>}
        actions={
          <span className="print:hidden">
            <PrintButton />
          </span>
        }
      />
      {!signedOff && (
        <Callout tone="attention" title="Not signed off">
          {sample.noted} of {sample.items} items have a finding.
        </Callout>
      )}
      <section className="mt-6">
        <h2 className={heading}>The draw</h2>
        <div className="mt-2">
          <DrawFacts view={view} />
        </div>
      </section>
      <section className="mt-6">
        <h2 className={heading}>
          Items ({items.length}), {sample.exceptions} with an exception
        </h2>
        <ol className="divide-y divide-line">
          {items.map(({ n, item, about, attributes, notes: [note], entries }) => (
            <li key={n} className="grid break-inside-avoid gap-1 py-2 text-sm">
              <h3 className="font-medium">
                {n}. {visible(about)} <span className="break-all font-mono text-xs">{item}</span>
              </h3>
              <p>
                {attributes.map(({ id, name, met: value, says }) => (
                  <span key={id} className="block">
                    {name}: {met(value)}. <span className="text-ink-muted">{visible(says)}</span>
                  </span>
                ))}
              </p>
              <p>
                Finding: {note ? verdictWords[note.verdict] : 'none yet'}
                {note?.words && `: ${visible(note.words)}`}
                {note && ` (entry ${note.seq})`}
              </p>
              <p className="text-ink-muted text-xs">
                {entries.length === 0
                  ? 'No entry is about it.'
                  : `Entries ${entries.map(({ seq }) => seq).join(', ')}`}
              </p>
            </li>
          ))}
        </ol>
      </section>
      <section className="mt-6 break-inside-avoid">
        <h2 className={heading}>Sign-off</h2>
        {signedOff ? (
          <p className="mt-2 text-sm">
            {visible(signedOff.conclusion)}
            <span className="mt-1 block text-ink-muted">
              {visible(sample.by.name)}, {signedOff.at}, entry {signedOff.seq}. Paper signed:{' '}
              <span className="break-all font-mono text-xs">{signedOff.paper}</span>
            </span>
          </p>
        ) : (
          <p className="mt-2 text-ink-muted text-sm">None yet.</p>
        )}
        <p className="mt-4 text-ink-muted text-xs">Page made {now}.</p>
      </section>
    </article>
  )
}
