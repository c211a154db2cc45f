import 'server-only'
import { can, readScope, type Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { personActor } from '#lib/releases/commands.ts'
import { countEntries, entriesMax, readDocuments, readPeople, type Wanted } from './data.ts'
import type { ExportRefusal } from './evidence.ts'
import type { ExportInput } from './schema.ts'

/** The scope as Postgres is asked, cut to what this person may export; null when there is nothing of that name for them. */
async function resolve(db: Db, asked: ExportInput, by: Viewer): Promise<Wanted | null> {
  const none = { release: null, applications: null, from: null, to: null }
  if (asked.kind === 'period') {
    const { from, to } = asked
    const scope = readScope(by, 'export:evidence')
    if (scope === 'all') return { ...none, from, to }
    if (scope === 'none') return null
    const rows = await db.application.findMany({
      where: { project: { in: scope.projects } },
      select: { id: true },
    })
    return { ...none, from, to, applications: rows.map(({ id }) => id) }
  }
  const where =
    asked.kind === 'release' ? { releases: { some: { id: asked.release } } } : { id: asked.application }
  const application = await db.application.findFirst({ where, select: { id: true, project: true } })
  if (!application || !can(by, 'export:evidence', { project: application.project })) return null
  if (asked.kind === 'release') return { ...none, release: asked.release }
  return { ...none, applications: [application.id], from: asked.from ?? null, to: asked.to ?? null }
}

/**
 * Asks the signer for a pack: what is asked for, by whom, and what only the web may read are written down with an entry
 * of the log in one transaction. The answer comes by itself (`getAnswer`).
 */
export async function askForPack(
  db: Db,
  asked: ExportInput,
  by: Viewer,
  request: string,
): Promise<Result<{ id: string; entries: number }, ExportRefusal>> {
  if (!can(by, 'export:evidence')) return refuse({ code: 'not-allowed-to-export' })
  const wanted = await resolve(db, asked, by)
  if (!wanted) return refuse({ code: 'no-such-thing' })
  const entries = await countEntries(db, wanted)
  if (entries === 0) return refuse({ code: 'nothing-there' })
  if (entries > entriesMax) return refuse({ code: 'too-many-entries', most: entriesMax })
  const [documents, people] = await Promise.all([readDocuments(db, wanted), readPeople(db, wanted)])
  const attached = Buffer.from(JSON.stringify({ documents, people }), 'utf8')
  const id = newId('export')
  const { release, applications, from, to } = wanted
  const about =
    asked.kind === 'release' ? asked.release : asked.kind === 'application' ? asked.application : undefined
  await inTransaction(db, async (tx) => {
    const event = await record(tx, {
      type: 'evidence.exported',
      actor: personActor(by),
      subject: {},
      request,
      data: { export: id, scope: asked.kind, about, from: from ?? undefined, to: to ?? undefined, entries },
    })
    await tx.$executeRaw`
      INSERT INTO audit.export (id, kind, release_id, applications, from_at, to_at, attached, account_id, person_id, event_id)
      VALUES (${id}, ${asked.kind}, ${release}, ${applications}::text[], ${from}, ${to}, ${attached}, ${by.accountId}, ${by.personId}, ${event})`
    await notify(tx, { log: true })
  })
  return ok({ id, entries })
}

/** Who took the whole log away, as an entry that comes after those they get. */
export function recordLogExport(
  db: Db,
  by: Viewer,
  { entries, chain }: { entries: number; chain: string | undefined },
  request: string,
): Promise<string> {
  return inTransaction(db, (tx) =>
    record(tx, {
      type: 'log.exported',
      actor: personActor(by),
      subject: {},
      request,
      data: { entries, ...(chain && { chain }) },
    }),
  )
}
