import 'server-only'
import type { Reader } from '#lib/catalog/data.ts'
import type { ProofEntry } from '#lib/inquiries/inquiry.ts'
import { proofsOfEvents, proofsOfReleases } from '#lib/inquiries/proofs.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { type Attribute, attributesOfFinding, attributesOfOutside, attributesOfRelease } from './attribute.ts'
import type { SampleItem } from './sample.ts'

export type AttributedItem = SampleItem & {
  about: string
  at: Instant | null
  release: string | null
  finding: string | null
  attributes: Attribute[]
  entries: ProofEntry[]
}

type ReleaseRow = Parameters<typeof attributesOfRelease>[0] & { id: string; about: string; at: Date }
type OutsideRow = Parameters<typeof attributesOfOutside>[0] & {
  id: string
  about: string
  at: Date
  finding: string | null
  events: string[]
}

/** What is checked of each item, with the entries that show it. */
export async function readAttributes(db: Reader, items: readonly SampleItem[]): Promise<AttributedItem[]> {
  const ids = items.map(({ item }) => item)
  const releases = await db.$queryRaw<ReleaseRow[]>`
    SELECT r.id, coalesce(a.service, a.name) || ' to ' || coalesce(a.environment, '') AS about, r.created_at AS at,
      coalesce(q.name, r.requester_person) AS requester, r.required_approvals AS required,
      ARRAY(SELECT coalesce(n.name, d.person_id) FROM (
              SELECT d.person_id, d.created_at FROM rel.decision d WHERE d.release_id = r.id AND d.kind = 'approve'
              UNION ALL
              SELECT v.person_id, v.created_at FROM rel.standard_change_use u JOIN rel.standard_change_vote v
                ON v.standard_change_id = u.standard_change_id WHERE u.release_id = r.id AND v.kind = 'approve') d
            LEFT JOIN access.person_detail n ON n.person_id = d.person_id
            WHERE d.person_id <> r.requester_person
              AND d.created_at <= coalesce((SELECT i.created_at FROM rel.intent i WHERE i.release_id = r.id AND i.n = 1), now())
            ORDER BY d.created_at) AS approvers, EXISTS (SELECT FROM rel.standard_change_use u WHERE u.release_id = r.id) AS standard,
      (SELECT i.receipt_id::text FROM rel.intent i WHERE i.release_id = r.id AND i.n = 1) AS receipt,
      (SELECT count(*)::int FROM rel.intent i WHERE i.release_id = r.id) AS intents,
      r.state, r.ending, EXISTS (SELECT FROM rel.break_glass b WHERE b.release_id = r.id) AS glass,
      (SELECT t.kind FROM rel.retrospective t WHERE t.release_id = r.id) AS afterwards
    FROM rel.release r JOIN catalog.application a ON a.id = r.application_id
    LEFT JOIN access.person_detail q ON q.person_id = r.requester_person WHERE r.id = ANY (${ids})`
  const outside = await db.$queryRaw<OutsideRow[]>`
    SELECT d.id, coalesce(a.service, a.name) || ' to ' || coalesce(a.environment, '') AS about, d.deployed_at AS at, x.finding_id AS finding,
      coalesce(x.before_us, false) AS before, c.kind AS closed, array_remove(ARRAY[f.event_id, c.event_id], NULL) AS events
    FROM catalog.deployment d JOIN catalog.application a ON a.id = d.application_id
    LEFT JOIN LATERAL (SELECT finding_id, before_us FROM rel.accounted o WHERE o.application_id = d.application_id
      AND o.uid = d.application_uid AND o.history_id = d.history_id LIMIT 1) x ON true
    LEFT JOIN rel.finding f ON f.id = x.finding_id LEFT JOIN rel.finding_closing c ON c.finding_id = f.id WHERE d.id = ANY (${ids})`
  const findings = await db.$queryRaw<OutsideRow[]>`
    SELECT f.id, coalesce(a.service, a.name) || ' to ' || coalesce(a.environment, '') AS about, f.found_at AS at, f.id AS finding,
      false AS before, c.kind AS closed, array_remove(ARRAY[f.event_id, c.event_id], NULL) AS events
    FROM rel.finding f JOIN catalog.application a ON a.id = f.application_id LEFT JOIN rel.finding_closing c ON c.finding_id = f.id
    WHERE f.id = ANY (${ids})`
  const proofs = await proofsOfReleases(
    db,
    releases.map(({ id }) => id),
  )
  const told = await proofsOfEvents(
    db,
    [...outside, ...findings].flatMap(({ events }) => events),
  )
  return items.map((item): AttributedItem => {
    const release = releases.find(({ id }) => id === item.item)
    if (release) {
      const entries = proofs.get(release.id) ?? []
      const common = {
        about: release.about,
        at: instant(release.at),
        release: release.id,
        finding: null,
        entries,
      }
      return { ...item, ...common, attributes: attributesOfRelease(release, entries) }
    }
    const ran = outside.find(({ id }) => id === item.item)
    const found = findings.find(({ id }) => id === item.item)
    const row = ran ?? found
    if (!row)
      return {
        ...item,
        about: item.item,
        at: null,
        release: null,
        finding: null,
        attributes: [],
        entries: [],
      }
    const entries = row.events.flatMap((event) => told.get(event) ?? [])
    const common = { about: row.about, at: instant(row.at), release: null, finding: row.finding, entries }
    return { ...item, ...common, attributes: ran ? attributesOfOutside(row) : attributesOfFinding(row) }
  })
}
