import Link from 'next/link'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import type { FreezeRow, FreezesView } from '#lib/freezes/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { EndFreeze } from './end-freeze.tsx'
import { FreezeWords, freezeTitle } from './freeze-words.tsx'
import { MakeFreeze } from './make-freeze.tsx'
import { FreezeStrip } from './strip.tsx'

function List({ title, rows }: { title: string; rows: readonly FreezeRow[] }) {
  if (rows.length === 0) return null
  return (
    <Panel title={title} className="mt-4">
      <Rows>
        {rows.map((row) => (
          <li key={row.id} className="flex flex-wrap items-start gap-3 px-4 py-3 text-sm">
            <FreezeWords freeze={row} row={row} />
            <EndFreeze freeze={row.id} what={freezeTitle(row)} kind={row.kind} refusal={row.refusal} />
          </li>
        ))}
      </Rows>
    </Panel>
  )
}

/** Freezes and deployment windows: what is on, what comes, what was, and the way to make one. */
export function Freezes({ view }: { view: FreezesView }) {
  const { on, off, past, before, next, strip, places, refusal, making, zone } = view
  const none = on.length + off.length === 0
  return (
    <>
      <PageHeader title="Freezes" actions={<MakeFreeze places={places} refusal={refusal} making={making} />}>
        <p className="text-sm">
          While a freeze is on no sync starts. Where deployment windows are made, one of them has to be open.
          Approvals stay, and what is approved goes on by itself afterwards. To stop releases at once, use{' '}
          <Link href={paths.pauses()} className="underline">
            pauses
          </Link>
          .
        </p>
      </PageHeader>
      {none ? (
        <Panel title="On now">
          <Empty kind="nothing-yet" title="Nothing is frozen, and nothing is planned">
            Approved releases start as soon as their checks pass.
          </Empty>
        </Panel>
      ) : (
        <FreezeStrip strip={strip} zone={zone} />
      )}
      <List title="On now" rows={on} />
      <List title="Next" rows={off} />
      {past.length > 0 && (
        <Panel title="Past" className="mt-4">
          <Rows>
            {past.map((freeze) => (
              <li key={freeze.id} className="px-4 py-3 text-sm">
                <FreezeWords freeze={freeze} />
              </li>
            ))}
          </Rows>
        </Panel>
      )}
      {(before || next) && (
        <Pager
          summary="Past freezes and windows, newest first"
          previous={before ? paths.freezes() : undefined}
          next={next ? paths.freezes({ before: next }) : undefined}
        />
      )}
    </>
  )
}
