import { type Anchor, noteDigest, type SignedHead } from '#lib/audit/anchors.ts'
import { noteCheckpoint } from '#lib/audit/checkpoint.ts'
import { type Cosigner, openCosignature } from '#lib/audit/cosignature.ts'
import { emptyFrontier, type Frontier, type Hash } from '#lib/audit/merkle.ts'
import { formatAddCheckpoint } from '#lib/audit/witness.ts'
import { clock, instant, millisecondsBetween } from '#lib/platform/clock.ts'
import { log } from '#lib/platform/log.ts'
import { type Answer, type Ask, asking, excerpt } from './ask.ts'
import { provedGrowth, readGrowth } from './growth.ts'

/** Beyond it, a clock is wrong rather than slow. */
const skewMaxMs = 300_000

const add = (ask: Ask, request: { oldSize: number; proof: readonly Hash[]; note: string }): Promise<Answer> =>
  ask({
    method: 'POST',
    path: '/add-checkpoint',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: formatAddCheckpoint(request),
  })

/** The size that a witness says it cosigned last; undefined when it says something else. */
function knownSize({ status, headers, text }: Answer): number | undefined {
  const told = status === 409 && headers['content-type']?.startsWith('text/x.tlog.size')
  const size = told && /^(0|[1-9]\d{0,15})\n?$/.test(text) ? Number(text) : undefined
  return Number.isSafeInteger(size) ? size : undefined
}

/**
 * A witness that speaks C2SP tlog-witness: it is shown that the tree only grew, and cosigns it. What is trusted is the
 * signature, not the connection. The time in it is the witness's own and stays as it is, with how far off it was.
 */
export function witnessAnchor({ url, cosigner }: { url: string; cosigner: Cosigner }, name: string): Anchor {
  const ask = asking(url)
  /** What it cosigned last, as far as known, and the tree then: a proof of growth needs no more. */
  let known: Frontier = emptyFrontier

  async function ofSize(head: SignedHead, oldSize: number): Promise<{ answer: Answer; grown: Frontier }> {
    const { old, added } = await readGrowth(head.leaves, known, oldSize)
    const { proof, frontier } = provedGrowth(old, added)
    return { answer: await add(ask, { oldSize, proof, note: head.note }), grown: frontier }
  }

  return {
    name,
    kind: 'witness',
    async submit(head) {
      const { size } = head.checkpoint
      let { answer, grown } = await ofSize(head, Math.min(known.size, size))
      const other = knownSize(answer)
      if (other !== undefined && other > size)
        throw new Error(`the witness cosigned ${other} entries before, more than the ${size} of this log`)
      if (other !== undefined && other !== known.size) ({ answer, grown } = await ofSize(head, other))
      if (answer.status === 409 && knownSize(answer) === size)
        throw new Error(`the witness cosigned another history of ${size} entries`)
      if (answer.status === 422)
        throw new Error(
          `the witness says that this log did not grow out of what it cosigned: ${excerpt(answer)}`,
        )
      if (answer.status !== 200) throw new Error(`the witness did not cosign: ${excerpt(answer)}`)
      const text = head.note.slice(0, head.note.indexOf('\n\n') + 1)
      const opened = openCosignature(text, answer.text, cosigner)
      if (!opened) throw new Error('the witness answered with a cosignature that is not genuine')
      known = grown
      const at = clock.now()
      const aheadMs = millisecondsBetween(at, instant(opened.timeS * 1000))
      if (Math.abs(aheadMs) > skewMaxMs) log.warn('the clock of a witness is off', { anchor: name, aheadMs })
      const { line, timeS } = opened
      return { at, url, time: timeS, aheadMs, cosignature: line, sha256: noteDigest(head.note) }
    },
    async read(asked) {
      const nothing = { notes: [], leaves: new Uint8Array(), strayBytes: 0, missing: false }
      const copy = { name, place: url, ...nothing, cosigner }
      const size = asked?.note && noteCheckpoint(asked.note)?.size
      if (!asked?.note || !size) {
        const answer = await ask({ method: 'POST', path: '/add-checkpoint', body: '\n' })
        if (answer.status === 400) return copy
        throw new Error(`${url} does not answer as a witness does: ${excerpt(answer)}`)
      }
      // Shown what it should have cosigned last, it tells what it did; it cosigns nothing larger by it.
      const answer = await add(ask, { oldSize: size, proof: [], note: asked.note })
      const knows = answer.status === 200 ? size : knownSize(answer)
      if (knows === undefined) throw new Error(`the witness does not say what it knows: ${excerpt(answer)}`)
      return answer.status === 409 && knows === size ? { ...copy, conflict: size } : { ...copy, knows }
    },
  }
}
