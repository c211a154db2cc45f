import { Callout } from '#components/status/callout.tsx'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { questionWords } from '#lib/inquiries/inquiry.ts'
import type { InquiryView } from '#lib/inquiries/loaders.ts'
import { inquiryTexts } from '#lib/inquiries/schema.ts'
import { momentIn, momentText } from '#lib/past/moment.ts'
import { paths } from '#lib/platform/paths.ts'
import { ExportEvidence } from './export-evidence.tsx'
import { InquiryFilters } from './inquiry-filters.tsx'
import { InquiryLines } from './inquiry-lines.tsx'
import { PrintButton } from './print-button.tsx'
import { SignersPanel } from './signers-panel.tsx'

const link = 'text-accent underline'

/** One of the four questions: its filters, its answers, and what proves them. */
export function Inquiry({ view }: { view: InquiryView }) {
  const { question, query, ignored, filter, problem, lines, next, signers, exportRefusal } = view
  const { title, asks } = questionWords[question]
  const texts = inquiryTexts(query, { before: undefined, release: undefined })
  const moment = question === 'moment'
  const file = (format: string) => paths.api.inquiry(question, { ...texts, format })
  return (
    <>
      <PageHeader
        breadcrumbs={<Breadcrumbs above={[{ label: 'Audit', href: paths.audit() }]} here={title} />}
        title={title}
        summary={moment ? momentText(filter.at) : `${momentText(filter.from)} to ${momentText(filter.to)}`}
        actions={
          <span className="flex flex-wrap items-center gap-2 print:hidden">
            {!moment && (
              <ExportEvidence
                asked={{ kind: 'period', from: filter.from, to: filter.to }}
                refusal={exportRefusal}
              />
            )}
            <PrintButton />
          </span>
        }
      >
        <p className="text-sm">
          {asks} Your reading is itself an entry.{' '}
          {!exportRefusal && (
            <span className="print:hidden">
              Take the answers along as{' '}
              <a href={file('csv')} download className={link}>
                CSV
              </a>{' '}
              or{' '}
              <a href={file('jsonl')} download className={link}>
                JSON Lines
              </a>
              , each row with its entry and leaf (days in UTC).
            </span>
          )}
          {moment && (
            <>
              {' '}
              <a href={paths.services({ at: momentIn(filter.at) })} className={link}>
                The matrix at that moment
              </a>{' '}
              shows every environment.
            </>
          )}
        </p>
      </PageHeader>
      <InquiryFilters view={view} />
      <div className="grid gap-3">
        {ignored.length > 0 && (
          <Callout tone="attention" title="Part of the address was not understood">
            Left out: {ignored.map(visible).join(', ')}.
          </Callout>
        )}
        {problem && (
          <Callout tone="attention" title="That is no moment">
            {visible(problem)}
          </Callout>
        )}
        {signers === 'not-found' && (
          <Callout tone="attention" title="There is no such release">
            Or you may not read the log of its project.
          </Callout>
        )}
        {signers && signers !== 'not-found' && query.release && (
          <SignersPanel release={query.release} signers={signers} />
        )}
        <Panel>
          {lines.length > 0 ? (
            <InquiryLines
              question={question}
              lines={lines}
              signersHref={
                question === 'signers'
                  ? (release) => paths.inquiry('signers', inquiryTexts(query, { release }))
                  : undefined
              }
            />
          ) : (
            <Empty
              kind="nothing-matches"
              title="Nothing fits"
              action={<ButtonLink href={paths.inquiry(question)}>Clear filters</ButtonLink>}
            >
              {moment
                ? 'Nothing that you may read ran in a protected application then.'
                : 'Nothing that you may read happened in this period.'}
            </Empty>
          )}
        </Panel>
      </div>
      {(query.before || next) && (
        <Pager
          summary={moment ? 'By application' : 'Newest first'}
          previous={query.before ? paths.inquiry(question, texts) : undefined}
          next={next ? paths.inquiry(question, { ...texts, before: next }) : undefined}
        />
      )}
    </>
  )
}
