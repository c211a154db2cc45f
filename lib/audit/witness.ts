import { decode64, openCheckpoint, parseCheckpoint, type Verifier } from './checkpoint.ts'
import { equal, type Hash, verifyConsistency } from './merkle.ts'

// C2SP tlog-witness: what a log sends, and what a witness may answer.
const proofLinesMax = 63

/** The tree that a witness cosigned last. */
export type Witnessed = { size: number; root: Hash }
export type AddCheckpoint = { oldSize: number; proof: readonly Hash[]; note: string }

export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  const lines = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`)
  return `old ${oldSize}\n${lines.join('')}\n${note}`
}

/** Reads the body of add-checkpoint; undefined when it is none. */
export function parseAddCheckpoint(body: string): AddCheckpoint | undefined {
  const cut = body.indexOf('\n\n')
  const [old = '', ...lines] = body.slice(0, Math.max(cut, 0)).split('\n')
  const [, size] = /^old (0|[1-9]\d{0,15})$/.exec(old) ?? []
  if (cut < 0 || size === undefined || lines.length > proofLinesMax) return undefined
  const proof = lines.map((line) => decode64(line))
  if (!Number.isSafeInteger(Number(size)) || !proof.every((hash) => hash?.length === 32)) return undefined
  return { oldSize: Number(size), proof: proof as Buffer[], note: body.slice(cut + 2) }
}

export type Judgement =
  | { kind: 'cosign'; origin: string; text: string; next: Witnessed }
  | { kind: 'refuse'; status: 400 | 403 | 404 | 409 | 422; why: string; size?: number }

/**
 * What a witness does with a request, given the logs it knows and what it cosigned of each last. `refuse` with `size`
 * tells the size that the log should prove its growth from.
 */
export function judge(
  body: string,
  logs: readonly Verifier[],
  witnessed: (origin: string) => Witnessed | undefined,
): Judgement {
  const refuse = (status: 400 | 403 | 404 | 409 | 422, why: string, size?: number): Judgement => ({
    kind: 'refuse',
    status,
    why,
    ...(size !== undefined && { size }),
  })
  const asked = parseAddCheckpoint(body)
  if (!asked) return refuse(400, 'not a request to add a checkpoint')
  const { oldSize, proof, note } = asked
  const text = note.slice(0, note.indexOf('\n\n') + 1)
  const claimed = parseCheckpoint(text)
  if (!claimed) return refuse(400, 'not a checkpoint')
  const { origin } = claimed
  if (!logs.some(({ name }) => name === origin)) return refuse(404, 'unknown log')
  const opened = openCheckpoint(note, origin, logs)
  if (!opened.ok) return refuse(403, 'not signed by a known key of this log')
  const next = opened.checkpoint
  if (oldSize > next.size) return refuse(400, 'the old size is larger than the new one')
  const last = witnessed(origin)
  const known = last?.size ?? 0
  if (oldSize !== known) return refuse(409, 'another size was cosigned last', known)
  if (last && next.size === known && !equal(next.root, last.root))
    return refuse(409, 'another tree of this size was cosigned', known)
  // The empty tree is the beginning of every other: there is nothing to prove.
  const consistent = oldSize === 0 ? proof.length === 0 : verifyConsistency(last as Witnessed, next, proof)
  if (!consistent) return refuse(422, 'the tree did not grow out of the one cosigned last')
  return { kind: 'cosign', origin, text, next: { size: next.size, root: next.root } }
}
