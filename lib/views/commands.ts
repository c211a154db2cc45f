import 'server-only'
import type { Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import type { NewView, ViewChange } from './schema.ts'
import { type ViewRefusal, viewsMax } from './view.ts'

type Stored = { id: string; name: string; query: string; sharedWith: string | null }
type By = { viewer: Viewer; now: Instant; request?: string | undefined }

/** The views of one account change one after the other: names and the default are compared among all of them. */
const lockViews = (tx: Tx, { accountId }: Viewer) =>
  tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${accountId}, 11))`

const nameTaken = async (tx: Tx, viewer: Viewer, name: string, except?: string) =>
  (await tx.view.findFirst({
    where: { accountId: viewer.accountId, name, ...(except && { id: { not: except } }) },
    select: { id: true },
  })) !== null

const noLongerDefault = (tx: Tx, { viewer, now }: By) =>
  tx.view.updateMany({
    where: { accountId: viewer.accountId, isDefault: true },
    data: { isDefault: false, updatedAt: now },
  })

/** What others see is in the log; what only its owner sees is not. */
async function recordShared(tx: Tx, { viewer, request }: By, was: Stored | null, is: Stored | null) {
  const head = {
    actor: { kind: 'person', person: viewer.personId, account: viewer.accountId },
    subject: {},
    request,
  } as const
  const say = (type: 'view.shared' | 'view.changed' | 'view.unshared', view: Stored) =>
    record(tx, {
      ...head,
      type,
      data: { view: view.id, name: view.name, query: view.query, group: view.sharedWith ?? '' },
    })
  const moved = was?.sharedWith !== is?.sharedWith
  if (was?.sharedWith && moved) await say('view.unshared', was)
  if (is?.sharedWith && moved) await say('view.shared', is)
  if (is?.sharedWith && !moved && (was?.name !== is.name || was.query !== is.query))
    await say('view.changed', is)
}

/** Saves an address under a name. */
export function createView(db: Db, input: NewView, by: By): Promise<Result<{ id: string }, ViewRefusal>> {
  const { viewer, now } = by
  return inTransaction(db, async (tx) => {
    const { name, sharedWith, isDefault } = input
    if (sharedWith !== null && !viewer.groups.includes(sharedWith))
      return refuse({ code: 'not-in-group', group: sharedWith })
    await lockViews(tx, viewer)
    if ((await tx.view.count({ where: { accountId: viewer.accountId } })) >= viewsMax)
      return refuse({ code: 'too-many' })
    if (await nameTaken(tx, viewer, name)) return refuse({ code: 'name-taken', name })
    if (isDefault) await noLongerDefault(tx, by)
    const view = { id: newId('view'), ...input }
    await tx.view.create({ data: { ...view, accountId: viewer.accountId, createdAt: now, updatedAt: now } })
    await recordShared(tx, by, null, view)
    return ok({ id: view.id })
  })
}

/** Renames a view, gives it another address, shares it or makes it the default. Its owner only. */
export function changeView(
  db: Db,
  id: string,
  change: ViewChange,
  by: By,
): Promise<Result<{ id: string }, ViewRefusal>> {
  const { viewer, now } = by
  return inTransaction(db, async (tx) => {
    await lockViews(tx, viewer)
    const was = await tx.view.findFirst({ where: { id, accountId: viewer.accountId } })
    if (!was) return refuse({ code: 'no-such-view' })
    const { name = was.name, query = was.query, isDefault = was.isDefault } = change
    const sharedWith = change.sharedWith === undefined ? was.sharedWith : change.sharedWith
    if (sharedWith !== null && sharedWith !== was.sharedWith && !viewer.groups.includes(sharedWith))
      return refuse({ code: 'not-in-group', group: sharedWith })
    if (await nameTaken(tx, viewer, name, id)) return refuse({ code: 'name-taken', name })
    if (isDefault && !was.isDefault) await noLongerDefault(tx, by)
    const is = { name, query, sharedWith, isDefault }
    await tx.view.update({ where: { id }, data: { ...is, updatedAt: now } })
    await recordShared(tx, by, was, { id, ...is })
    return ok({ id })
  })
}

/** Deletes a view, for everybody it was shared with too. Its owner only. */
export function deleteView(
  db: Db,
  id: string,
  by: By,
): Promise<Result<Record<string, never>, Extract<ViewRefusal, { code: 'no-such-view' }>>> {
  return inTransaction(db, async (tx) => {
    await lockViews(tx, by.viewer)
    const was = await tx.view.findFirst({ where: { id, accountId: by.viewer.accountId } })
    if (!was) return refuse({ code: 'no-such-view' })
    await tx.view.delete({ where: { id } })
    await recordShared(tx, by, was, null)
    return ok({})
  })
}

export type Export = {
  by: Viewer
  format: 'csv' | 'json'
  filter: Record<string, string | undefined>
  /** How many services; undefined when there were too many to count. */
  rows: number | undefined
  request: string
}

/** Writes down that somebody takes what the matrix shows away as a file, before the first byte of it. */
export function recordExport(db: Db, { by, format, filter, rows, request }: Export): Promise<string> {
  const kept = Object.entries(filter).flatMap(([name, value]) => (value ? [[name, value]] : []))
  return inTransaction(db, (tx) =>
    record(tx, {
      type: 'catalog.exported',
      actor: { kind: 'person', person: by.personId, account: by.accountId },
      subject: {},
      request,
      data: { format, filter: Object.fromEntries(kept), rows },
    }),
  )
}
