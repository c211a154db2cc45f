import 'server-only'
import { readScope, type Viewer } from '#lib/access/policy.ts'
import { sha256Hex } from '#lib/audit/merkle.ts'
import { record } from '#lib/audit/record.ts'
import { digestOf } from '#lib/manifests/digest.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { personActor } from '#lib/releases/commands.ts'
import { getFinding, namesOf } from './data.ts'
import { type ClosingKind, type FindingRefusal, type Found, mayCloseFinding } from './finding.ts'

export type Place = { id: string; service: string | null; environment: string | null }

const subjectOf = ({ id, service, environment }: Place) => ({
  application: id,
  ...(service ? { service } : {}),
  ...(environment ? { environment } : {}),
})

/**
 * Writes down what no release explains, each with its entry of the log, and answers the id by cause. A cause that is
 * known already is only seen again, at most once a minute.
 */
export async function saveFindings(
  tx: Tx,
  place: Place,
  found: readonly Found[],
  worker: string,
): Promise<Map<string, string>> {
  const known = await tx.$queryRaw<{ id: string; cause: string }[]>`
    SELECT id, cause FROM rel.finding WHERE application_id = ${place.id} AND cause = ANY (${found.map(({ cause }) => cause)})`
  const ids = new Map(known.map(({ id, cause }) => [cause, id]))
  if (known.length > 0)
    await tx.$executeRaw`
      UPDATE rel.finding SET last_seen_at = now()
      WHERE id = ANY (${known.map(({ id }) => id)}) AND last_seen_at < now() - interval '1 minute'`
  for (const each of found) {
    if (ids.has(each.cause)) continue
    const id = newId('finding')
    ids.set(each.cause, id)
    const event = await record(tx, {
      type: 'finding.opened',
      actor: { kind: 'worker', name: worker },
      subject: subjectOf(place),
      data: {
        finding: id,
        kind: each.kind,
        sentence: each.sentence,
        says: each.saysWho ?? undefined,
        differences: digestOf(each.differences),
        source: each.source,
        sync: each.sync?.key,
      },
    })
    await tx.$executeRaw`
      INSERT INTO rel.finding (id, application_id, kind, cause, blocks, sentence, says_who, happened_at, differences, source, event_id)
      VALUES (${id}, ${place.id}, ${each.kind}, ${each.cause}, ${each.blocks}, ${each.sentence}, ${each.saysWho},
        ${each.at}::timestamptz, ${JSON.stringify(each.differences)}::jsonb, ${each.source}, ${event})`
  }
  return ids
}

/** Who took which findings away, as an entry of the log. */
export function recordFindingsExport(
  db: Db,
  of: {
    by: Viewer
    filter: Record<string, string | undefined>
    rows: number
    cut: boolean
    text: string
    request: string
  },
): Promise<string> {
  const { by, rows, cut, request } = of
  const kept = Object.entries(of.filter).flatMap(([name, value]) => (value ? [[name, value]] : []))
  const file = sha256Hex(Buffer.from(of.text))
  const data = { filter: Object.fromEntries(kept), rows, ...(cut && { cut: true as const }), file }
  return inTransaction(db, (tx) =>
    record(tx, { type: 'findings.exported', actor: personActor(by), subject: {}, request, data }),
  )
}

export type FindingClosingInput = { kind: ClosingKind; reason: string; reference?: string | undefined }

/**
 * A second person closes a finding with a reason: lock, check, save, record, in one transaction. A refusal is recorded
 * too, then returned.
 */
export function closeFinding(
  db: Db,
  id: string,
  input: FindingClosingInput,
  by: Viewer,
): Promise<Result<{ id: string }, FindingRefusal | { code: 'no-such-finding' }>> {
  return inTransaction(db, async (tx) => {
    // Two who close it at once come one after the other; a row lock would need the right to change it.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${id}, 0))`
    const finding = await getFinding(tx, readScope(by), id)
    if (!finding) return refuse({ code: 'no-such-finding' })
    const head = { actor: personActor(by), subject: subjectOf(finding.application) }
    const allowed = mayCloseFinding(finding, by, await namesOf(tx, by.personId))
    if (!allowed.ok) {
      const data = { finding: id, refusal: allowed.refusal.code }
      await record(tx, { ...head, type: 'finding.close-refused', data })
      return allowed
    }
    const { kind, reason, reference } = input
    const event = await record(tx, {
      ...head,
      type: 'finding.closed',
      data: { finding: id, kind, reason, reference },
    })
    await tx.$executeRaw`
      INSERT INTO rel.finding_closing (finding_id, kind, reason, reference, account_id, person_id, event_id)
      VALUES (${id}, ${kind}, ${reason}, ${reference ?? null}, ${by.accountId}, ${by.personId}, ${event})`
    await notify(tx, { application: finding.application.id, finding: true, log: true })
    return ok({ id })
  })
}
