import { createHash } from 'node:crypto'
import { canonicalText } from '#lib/audit/canonical.ts'
import { formatCheckpoint, type NoteSigner, signNote } from '#lib/audit/checkpoint.ts'
import {
  append,
  emptyFrontier,
  type Hash,
  inclusionProof,
  leafHash,
  root,
  subtrees,
} from '#lib/audit/merkle.ts'
import { sealEnvelope } from './envelope.ts'
import { type Material, makeStatement } from './make.ts'
import type { Scope } from './pack.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

type Actor = { kind: 'person'; person: string } | { kind: 'worker' | 'argocd'; name: string }
const worker: Actor = { kind: 'worker', name: 'worker-1' }
const person = (name: string): Actor => ({ kind: 'person', person: `per_${name}` })

/** A log in memory, and what packs of it need. */
export type Book = {
  origin: string
  entries: { seq: number; text: string }[]
  leaves: Hash[]
  documents: Material['documents']
  note: string
  root: Hash
}

/**
 * A log with `releases` whole releases, each of eleven entries, and something unrelated between them; deterministic.
 * `to` names the type of entry after which the last release stands still.
 */
export function bookOf(signer: NoteSigner, releases: number, to = 'release.succeeded'): Book {
  const origin = signer.name
  const entries: Book['entries'] = []
  const documents: Book['documents'] = []
  const write = (type: string, actor: Actor, subject: object, data: object) => {
    const seq = entries.length
    const id = `evt_${String(seq).padStart(26, '0')}`
    const at = `2026-11-24T10:${String(Math.floor(seq / 60) % 60).padStart(2, '0')}:${String(seq % 60).padStart(2, '0')}.000Z`
    entries.push({ seq, text: canonicalText({ v: 1, id, at, type, actor, subject, data }) })
  }
  const document = (kind: 'plan' | 'diff' | 'policy', value: unknown) => {
    const text = canonicalText(value)
    documents.push({ kind, sha256: sha256(text), text })
    return sha256(text)
  }
  for (let n = 1; n <= releases; n++) {
    const release = `rel_${n}`
    const subject = { release, application: 'app_1', service: 'checkout', environment: 'prod' }
    const policy = document('policy', { approvals: 2, excludeAuthors: true, n })
    const manifests = { digest: sha256(`manifests ${n}`), count: 3, stable: true }
    const revisions = [sha256(`commit ${n}`).slice(0, 40)]
    const plan = document('plan', {
      v: 1,
      name: 'checkout-prod',
      project: 'shop',
      revisions,
      manifests,
      policyDigest: policy,
    })
    const diff = document('diff', { v: 1, commits: [`Fix ${n}`], checks: [] })
    const steps: [string, Actor, object, object][] = [
      [
        'plan.created',
        worker,
        { application: 'app_1', plan },
        { plan, revisions, document: diff, manifests: manifests.digest },
      ],
      [
        'plan.authors',
        worker,
        { application: 'app_1', plan },
        { plan, people: 1, authors: sha256('authors'), incomplete: [] },
      ],
      [
        'release.requested',
        person('jonas'),
        subject,
        {
          plan,
          revisions,
          reason: `Because of ${n}`,
          requiredApprovals: 2,
          policy,
          notAfter: '2026-11-25T10:00:00.000Z',
        },
      ],
      ['sign-in', person('dora'), {}, { issuer: 'https://id.example', groups: ['/auditors'] }],
      ['release.decided', person('anna'), subject, { decision: 'approve', plan }],
      ['release.decided', person('marta'), subject, { decision: 'approve', plan, comment: '“gut” — ✓' }],
      [
        'release.approved',
        worker,
        subject,
        { plan, approvals: [{ person: 'per_anna' }, { person: 'per_marta' }] },
      ],
      [
        'release.intent',
        worker,
        subject,
        { intent: 1, plan, token: sha256('token'), body: sha256('body'), epoch: 1, receipt: String(n) },
      ],
      [
        'release.accepted',
        { kind: 'argocd', name: 'main' },
        subject,
        { intent: 1, status: 200, differences: [] },
      ],
      [
        'release.operation-ended',
        { kind: 'argocd', name: 'main' },
        subject,
        { intent: 1, phase: 'Succeeded', revisions },
      ],
      ['release.succeeded', worker, subject, { health: 'Healthy' }],
    ]
    for (const [type, actor, about, data] of steps) {
      write(type, actor, about, data)
      if (n === releases && type === to) break
    }
  }
  const leaves = entries.map(({ text }) => leafHash(Buffer.from(text, 'utf8')))
  const head = root(leaves.reduce(append, emptyFrontier))
  const checkpoint = { origin, size: leaves.length, root: head }
  return {
    origin,
    entries,
    leaves,
    documents,
    root: head,
    note: signNote(formatCheckpoint(checkpoint), signer),
  }
}

const isAbout = (text: string, release: string) => text.includes(`"release":"${release}"`)

/** What the signer would have at hand for a pack of one release, or of all when none is named. */
export function materialOf(book: Book, release?: string): Material {
  const scope: Scope = release
    ? { kind: 'release', release }
    : { kind: 'period', from: '2026-11-24T00:00:00.000Z', to: '2026-11-25T00:00:00.000Z' }
  const plan = book.entries.find(
    ({ text }) => isAbout(text, release ?? '') && text.includes('release.requested'),
  )
  const digest = plan && (JSON.parse(plan.text) as { data: { plan: string } }).data.plan
  const entries = book.entries.filter(
    ({ text }) =>
      !release || isAbout(text, release) || (text.includes('"type":"plan.') && text.includes(`${digest}`)),
  )
  const documents = book.documents.filter(({ sha256 }) => entries.some(({ text }) => text.includes(sha256)))
  const of = subtrees(book.leaves)
  return {
    scope,
    origin: book.origin,
    at: '2026-11-24T12:00:00.000Z',
    request: 'evt_00000000000000000000000000',
    checkpoint: book.note,
    root: book.root,
    entries,
    documents,
    people: [{ id: 'per_jonas', name: 'Jonas Öztürk' }],
    receipts: Array.from({ length: 30 }, (_, i) => ({
      id: String(i + 1),
      anchor: 'file:anchor',
      kind: 'file',
      size: Math.min((i + 1) * 11, book.leaves.length),
      at: '2026-11-24T11:00:00.000Z',
      receipt: { offset: i },
    })).filter(({ id }) => entries.some(({ text }) => text.includes(`"receipt":"${id}"`))),
    proofOf: (seq) => inclusionProof(of, seq, book.leaves.length),
  }
}

export const packOf = (material: Material, signer: NoteSigner): string =>
  sealEnvelope(makeStatement(material), signer)
