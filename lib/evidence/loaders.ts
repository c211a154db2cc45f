import 'server-only'
import { notFound } from 'next/navigation'
import { loadRefusal, type Refusal } from '#lib/access/loaders.ts'
import { can } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { recordReading } from '#lib/audit/commands.ts'
import { readEvent } from '#lib/audit/event.ts'
import { leafHash } from '#lib/audit/merkle.ts'
import { words } from '#lib/audit/words.ts'
import { clock, type Instant, plus } from '#lib/platform/clock.ts'
import { getDb } from '#lib/platform/context.ts'
import { getReleaseRow, type ReleaseRow } from '#lib/releases/data.ts'
import { at, checklist, typeOf } from './checklist.ts'
import { countEntries, readDocuments, readEntries, readPeople, readReceipts } from './data.ts'
import { whyNoExport } from './evidence.ts'
import type { PackReceipt } from './pack.ts'

type Asked = { kind: 'release'; release: string } | { kind: 'application'; application: string }
type Offer<A> = { asked: A; refusal: string | undefined }

/** What evidence a page offers, and why not to this viewer; `refusal` is undefined for who may export it. */
export const loadOffer = async <A extends Asked>(asked: A, project: string): Promise<Offer<A>> => ({
  asked,
  refusal: whyNoExport(await requireViewer(), project),
})

export type SheetRow = {
  id: string
  state: 'there' | 'missing' | 'not-reached'
  says: string
  entries: number[]
}
export type SheetEntry = { seq: number; at: string; who: string; what: string; leaf: string }

export type EvidenceSheet = {
  kind: 'sheet'
  release: ReleaseRow
  rows: SheetRow[]
  entries: SheetEntry[]
  documents: { kind: string; sha256: string; bytes: number }[]
  receipts: PackReceipt[]
  /** The people that ids stand for. */
  people: { id: string; name: string }[]
  now: Instant
}

/** A page that draws itself again within this time is the same reading. */
const readingMs = 10 * 60_000

/** Everything a pack of this release would hold, for people to read; and an entry that it was read. */
export async function loadSheet(id: string): Promise<EvidenceSheet | ({ kind: 'forbidden' } & Refusal)> {
  const viewer = await requireViewer()
  const db = getDb()
  const release = await getReleaseRow(db, id)
  if (!release || !can(viewer, 'read', { project: release.application.project })) notFound()
  if (!can(viewer, 'export:evidence', { project: release.application.project }))
    return { kind: 'forbidden', ...(await loadRefusal(viewer, 'export:evidence')) }
  const now = clock.now()
  await recordReading(db, {
    by: viewer,
    filter: { release: id, page: 'evidence' },
    unlessSince: plus(now, -readingMs),
  })
  const wanted = { release: id, applications: null, from: null, to: null }
  const entries = (await countEntries(db, wanted)) > 0 ? await readEntries(db, wanted) : []
  const [documents, people] = await Promise.all([readDocuments(db, wanted), readPeople(db, wanted)])
  const read = entries.map(({ seq, text }) => ({ seq, value: JSON.parse(text) as unknown }))
  const named = read.flatMap((entry) => {
    const receipt = at(entry.value, 'data', 'receipt')
    return typeOf(entry) === 'release.intent' && typeof receipt === 'string' ? [receipt] : []
  })
  const receipts = await readReceipts(db, named)
  const names = new Map(people.map((person) => [person.id, person.name]))
  const withNames = (says: string) =>
    says.replaceAll(/per_[0-9a-z]+/g, (person) => names.get(person) ?? person)
  const rows = checklist(id, {
    entries: read,
    documents: new Map(documents.map(({ sha256, text }) => [sha256, text])),
    receipts,
  })
  return {
    kind: 'sheet',
    release,
    rows: rows.map((row) => ({ ...row, says: withNames(row.says) })),
    entries: entries.map(({ seq, text }) => {
      const bytes = Buffer.from(text, 'utf8')
      const event = readEvent(bytes)
      const person = event.known && event.event.actor.kind === 'person' ? event.event.actor.person : ''
      const { who, what } = words(event, names.get(person))
      const when = event.known ? event.event.at : event.at
      return { seq, at: when, who, what, leaf: Buffer.from(leafHash(bytes)).toString('hex') }
    }),
    documents: documents.map(({ kind, sha256, text }) => ({ kind, sha256, bytes: Buffer.byteLength(text) })),
    receipts,
    people,
    now,
  }
}
