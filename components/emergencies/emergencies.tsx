import { RefreshOn } from '#components/shell/live.tsx'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { emergencyStates, standingWords } from '#lib/emergencies/emergency.ts'
import type { EmergenciesView } from '#lib/emergencies/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { EmergencyList } from './emergency-list.tsx'

const box =
  'h-8 min-w-0 rounded-md pointer-coarse:h-11 border border-line-strong bg-surface px-2 text-ink text-sm max-sm:text-lg'

/** The register of break-glass releases. */
export function Emergencies({ view }: { view: EmergenciesView }) {
  const { query, emergencies, next } = view
  const { before, ...filter } = query
  return (
    <>
      <RefreshOn names={[{ release: '*' }]} />
      <PageHeader
        title="Emergencies"
        summary="Break-glass releases: sent before others approved them"
        actions={
          <ButtonLink href={paths.api.emergencyExport(filter)} prefetch={false}>
            Export CSV
          </ButtonLink>
        }
      >
        <p className="text-sm">
          Another person approves each of them afterwards, or objects. Until then whoever broke the glass
          cannot break another.
        </p>
      </PageHeader>
      <search className="contents">
        <form action={paths.emergencies()} className="flex flex-wrap items-center gap-2 pb-3">
          <select name="state" aria-label="State" defaultValue={query.state ?? ''} className={box}>
            <option value="">Any state</option>
            {emergencyStates.map((state) => (
              <option key={state} value={state}>
                {standingWords[state]}
              </option>
            ))}
          </select>
          <Button type="submit">Filter</Button>
          {query.state && (
            <ButtonLink href={paths.emergencies()} variant="quiet">
              Clear filter
            </ButtonLink>
          )}
        </form>
      </search>
      <Panel>
        {emergencies.length > 0 ? (
          <EmergencyList emergencies={emergencies} />
        ) : (
          <Empty
            kind={query.state ? 'nothing-matches' : 'nothing-yet'}
            title={query.state ? 'No break-glass release matches' : 'Nobody has broken the glass'}
          >
            A release that went before others approved it stands here for good.
          </Empty>
        )}
      </Panel>
      {(before || next) && (
        <Pager
          summary="Newest first"
          previous={before ? paths.emergencies(filter) : undefined}
          next={next ? paths.emergencies({ ...filter, before: next }) : undefined}
        />
      )}
    </>
  )
}
