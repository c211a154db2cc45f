import type { Hash } from '#lib/audit/merkle.ts'
import { at, checklist, type Entry, planOf, type Row, releasesIn } from './checklist.ts'
import { formatProof, type Predicate, predicateType, type Statement, statementType } from './pack.ts'

/** What the signer has at hand: its own log, and what the web attached that the entries name by digest. */
export type Material = Pick<
  Predicate,
  'scope' | 'origin' | 'at' | 'request' | 'checkpoint' | 'receipts' | 'documents' | 'people'
> & {
  root: Hash
  /** The exact text of each entry, ascending, every one within the checkpoint. */
  entries: readonly { seq: number; text: string }[]
  proofOf: (seq: number) => readonly Hash[]
}

const gitCommit = /^[0-9a-f]{40}([0-9a-f]{24})?$/

/** What was to be deployed, as the plan says: the application and the digests of what it would become. */
function subjectOf(planText: string): Statement['subject'][number] | undefined {
  const plan: unknown = JSON.parse(planText)
  const [name, project, sha256, revisions] = [
    at(plan, 'name'),
    at(plan, 'project'),
    at(plan, 'manifests', 'digest'),
    at(plan, 'revisions'),
  ]
  if (typeof name !== 'string' || typeof sha256 !== 'string' || !Array.isArray(revisions)) return undefined
  const commit = revisions.find((revision) => typeof revision === 'string' && gitCommit.test(revision))
  return { name: `${project}/${name}`, digest: { sha256, ...(commit ? { gitCommit: commit } : {}) } }
}

type Derived = { subject: Statement['subject']; releases: { release: string; rows: Row[] }[] }

/** What follows from entries, documents and receipts alone. Whoever verifies derives it anew. */
export function derive(
  { origin, root, receipts }: { origin: string; root: Hash; receipts: Predicate['receipts'] },
  entries: readonly Entry[],
  documents: Predicate['documents'],
): Derived {
  const texts = new Map(documents.map(({ sha256, text }) => [sha256, text]))
  const releases = releasesIn(entries)
  const plans = [...new Set(releases.map((release) => planOf(release, entries)))]
  const subjects = plans.flatMap((plan) => subjectOf(texts.get(plan) ?? 'null') ?? [])
  return {
    subject: [...subjects, { name: origin, digest: { sha256: Buffer.from(root).toString('hex') } }],
    releases: releases.map((release) => ({
      release,
      rows: checklist(release, { entries, documents: texts, receipts }),
    })),
  }
}

/** The in-toto statement of a pack, as the text that is signed. */
export function makeStatement(material: Material): string {
  const {
    entries,
    proofOf,
    scope,
    origin,
    at: moment,
    request,
    checkpoint,
    receipts,
    documents,
    people,
  } = material
  const read: Entry[] = entries.map(({ seq, text }) => ({ seq, value: JSON.parse(text) }))
  const { subject, releases } = derive(material, read, documents)
  const statement: Statement = {
    _type: statementType,
    subject,
    predicateType,
    predicate: {
      v: 1,
      scope,
      origin,
      at: moment,
      request,
      checkpoint,
      receipts,
      entries: entries.map(({ seq, text }) => ({ entry: text, proof: formatProof(seq, proofOf(seq)) })),
      documents,
      people,
      releases: releases.map(({ release, rows }) => ({
        release,
        rows: rows.map(({ id, state, entries: seqs }) => ({ id, state, entries: seqs })),
      })),
    },
  }
  return JSON.stringify(statement)
}
