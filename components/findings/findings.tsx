import { RefreshOn } from '#components/shell/live.tsx'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { findingKinds, kindWords } from '#lib/findings/finding.ts'
import type { FindingsView } from '#lib/findings/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { FindingList } from './finding-list.tsx'

const box =
  'h-8 min-w-0 rounded-md pointer-coarse:h-11 border border-line-strong bg-surface px-2 text-ink text-sm max-sm:text-lg'

/** Every change of production that no release explains, and how far all of them are explained. */
export function Findings({ view }: { view: FindingsView }) {
  const { query, findings, next, coverage } = view
  const { before: _page, ...filter } = query
  const narrowed = Object.values(query).some((value) => value !== undefined)
  const closed = coverage.changes - coverage.open
  return (
    <>
      <RefreshOn names={[{ finding: true }]} />
      <PageHeader
        title="Findings"
        summary={`${closed} of ${coverage.changes} production changes explained`}
        actions={
          <ButtonLink href={paths.api.findingExport(filter)} prefetch={false}>
            Export CSV
          </ButtonLink>
        }
      >
        <p className="text-sm">
          {coverage.released} by releases, {coverage.found - coverage.open} by closed findings,{' '}
          {coverage.open} open; {coverage.before} were there before Countersign first looked. What an
          operation says about who began it proves nothing.
        </p>
      </PageHeader>
      <search className="contents">
        <form
          action={paths.findings()}
          className="flex flex-wrap items-center gap-2 pb-3 max-sm:grid max-sm:grid-cols-2"
        >
          <select name="kind" aria-label="Kind" defaultValue={query.kind ?? ''} className={box}>
            <option value="">Any kind</option>
            {findingKinds.map((kind) => (
              <option key={kind} value={kind}>
                {kindWords[kind]}
              </option>
            ))}
          </select>
          <select name="state" aria-label="State" defaultValue={query.state ?? ''} className={box}>
            <option value="">Open and closed</option>
            <option value="open">Open</option>
            <option value="closed">Closed</option>
          </select>
          <input type="date" name="from" aria-label="From (UTC)" defaultValue={query.from} className={box} />
          <input type="date" name="to" aria-label="To (UTC)" defaultValue={query.to} className={box} />
          {query.application && <input type="hidden" name="application" value={query.application} />}
          {query.service && <input type="hidden" name="service" value={query.service} />}
          <Button type="submit">Filter</Button>
          {narrowed && (
            <ButtonLink href={paths.findings()} variant="quiet">
              Clear filters
            </ButtonLink>
          )}
        </form>
      </search>
      <Panel>
        {findings.length > 0 ? (
          <FindingList findings={findings} />
        ) : (
          <Empty
            kind={narrowed ? 'nothing-matches' : 'nothing-yet'}
            title={narrowed ? 'No finding matches' : 'Nothing found'}
          >
            A change of a protected application that no release explains appears here within a minute.
          </Empty>
        )}
      </Panel>
      {(query.before || next) && (
        <Pager
          summary="Newest first"
          previous={query.before ? paths.findings(filter) : undefined}
          next={next ? paths.findings({ ...filter, before: next }) : undefined}
        />
      )}
    </>
  )
}
