import { Fragment } from 'react'
import { Ribbon } from '#components/past/ribbon.tsx'
import { RefreshOn } from '#components/shell/live.tsx'
import { Callout } from '#components/status/callout.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { stacked } from '#components/ui/stacked.ts'
import { Table, Th, Thead } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import { pairKey } from '#lib/comparison/comparison.ts'
import { scanMax } from '#lib/comparison/limits.ts'
import type { ComparePage } from '#lib/comparison/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { BetweenRow } from './between.tsx'
import { CompareFilters } from './compare-filters.tsx'
import { CompareForm } from './compare-form.tsx'
import { addressOf, sideName } from './difference-words.ts'
import { PairRow } from './pair-row.tsx'

/** Two sides, row by row. */
export function CompareView({ page }: { page: ComparePage }) {
  const { asked, found, now, open, moment } = page
  const address = addressOf(asked)
  const [left, right] = [sideName(asked.left, asked.right), sideName(asked.right, asked.left)]
  const [leftAt, rightAt] = [asked.left.at ?? now, asked.right.at ?? now]
  const to = (more: Record<string, string | undefined>) => paths.compare({ ...address, ...more })
  const isOpen = open && pairKey(open.pair)
  const { rows, next } = found
  return (
    <>
      {moment === null ? (
        <RefreshOn names={[{ catalog: true }, { application: '*' }]} />
      ) : (
        <Ribbon moment={moment} />
      )}
      <PageHeader title="Compare" summary={`${left} with ${right}`} />
      {asked.problems.map((problem) => (
        <Callout
          key={problem}
          tone="attention"
          className="mb-3"
          title="A moment could not be read, so that side is now"
        >
          {problem}
        </Callout>
      ))}
      <CompareForm asked={asked} places={found.places} />
      <CompareFilters asked={asked} found={found} left={left} right={right} />
      {found.countsIncomplete && (
        <p className="mt-2 text-ink-muted text-sm">
          Counted among the first {scanMax.toLocaleString('en')} services by name. Narrow the list to count
          all of it.
        </p>
      )}
      <Panel className="mt-3">
        {rows.length === 0 ? (
          <Nothing page={page} all={to({ only: 'all', q: undefined })} />
        ) : (
          <Table caption={`${left} beside ${right}, by service`} list className={stacked}>
            <Thead>
              <Th>Service</Th>
              <Th>{left}</Th>
              <Th>Difference</Th>
              <Th>{right}</Th>
              <Th>
                <span className="sr-only">More</span>
              </Th>
            </Thead>
            <tbody>
              {rows.map((row) =>
                row.pairs.map((pair, index) => {
                  const key = pairKey(pair)
                  return (
                    <Fragment key={`${row.service} ${key}`}>
                      <PairRow
                        row={row}
                        pair={pair}
                        first={index === 0}
                        names={[left, right]}
                        times={[leftAt, rightAt]}
                        open={isOpen === key}
                        href={to({ after: asked.after, pair: isOpen === key ? undefined : key })}
                      />
                      {open && isOpen === key && <BetweenRow open={open} names={[left, right]} />}
                    </Fragment>
                  )
                }),
              )}
            </tbody>
          </Table>
        )}
      </Panel>
      <Pager
        summary={`${rows.length} ${rows.length === 1 ? 'service' : 'services'} on this page, sorted by name`}
        next={next === undefined ? undefined : to({ after: next })}
      />
    </>
  )
}

function Nothing({ page, all }: { page: ComparePage; all: string }) {
  const { asked, found } = page
  if (found.next !== undefined)
    return (
      <Empty kind="nothing-matches" title="Nothing of this page differs so">
        The next page may have more.
      </Empty>
    )
  const none = Object.values(found.counts).every((count) => count === 0)
  if (asked.only === 'differences' && asked.q === undefined && !none)
    return (
      <Empty
        kind="nothing-yet"
        title="No difference"
        action={<ButtonLink href={all}>Show all services</ButtonLink>}
      >
        Both sides run the same of every service that they have.
      </Empty>
    )
  return (
    <Empty
      kind="nothing-matches"
      title={asked.q === undefined ? 'Nothing to compare' : `Nothing matches “${visible(asked.q)}”`}
      action={<ButtonLink href={all}>Show all services</ButtonLink>}
    >
      {none && asked.q === undefined && 'Neither side is known to have run anything you may see.'}
    </Empty>
  )
}
