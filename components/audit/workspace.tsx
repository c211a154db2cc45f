import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { questions, questionWords } from '#lib/inquiries/inquiry.ts'
import type { WorkspaceView } from '#lib/inquiries/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { SampleList } from './sample-list.tsx'

const number = (value: number) => value.toLocaleString('en')

/** Where an auditor begins: four questions, the controls, and samples. */
export function Workspace({ view }: { view: WorkspaceView }) {
  const { samples, log } = view
  return (
    <>
      <PageHeader
        title="Audit"
        summary={
          <>
            {number(log.anchoredSize)} of {number(log.size)} entries are held by an anchor
            {log.anchoredAt && (
              <>
                , <Time at={log.anchoredAt} as="ago" />
              </>
            )}
          </>
        }
      >
        <p className="text-sm">
          What you read here is itself an entry of the log. Nothing here verifies: take{' '}
          <a href={paths.api.verifier()} download className="text-accent underline">
            the verifier
          </a>{' '}
          along.
        </p>
      </PageHeader>
      <div className="grid gap-3">
        <ul className="grid gap-3 sm:grid-cols-2">
          {questions.map((question) => (
            <li
              key={question}
              className="relative rounded-lg border border-line bg-surface p-4 hover:bg-sunken/60"
            >
              <h2 className="font-semibold text-base">
                <Link
                  href={paths.inquiry(question)}
                  className="after:absolute after:inset-0 after:rounded-lg"
                >
                  {questionWords[question].title}
                </Link>
              </h2>
              <p className="mt-1 text-ink-muted text-sm">{questionWords[question].asks}</p>
            </li>
          ))}
        </ul>
        <Panel
          title="Controls"
          aside={<ButtonLink href={paths.controls()}>Show the controls</ButtonLink>}
          padded
        >
          <p className="text-ink-muted text-sm">
            Eighteen controls of DORA, NIS2, ISO 27001 and SOC 2 with live figures, each with the rows behind
            it.
          </p>
        </Panel>
        <Panel title="Samples" aside={<ButtonLink href={paths.samples()}>Draw or list samples</ButtonLink>}>
          {samples.length > 0 ? (
            <SampleList samples={samples} />
          ) : (
            <Empty kind="nothing-yet" title="No sample was drawn yet">
              A sample is drawn by a seed that everybody sees, walked through item by item, and signed off.
            </Empty>
          )}
        </Panel>
      </div>
    </>
  )
}
