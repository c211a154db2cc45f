import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnchorCopy } from './anchors.ts'
import { canonicalBytes } from './canonical.ts'
import { formatCheckpoint, type NoteSigner, signerOf, signNote } from './checkpoint.ts'
import { append, chainHash, emptyFrontier, genesis, type Hash, leafHash, root } from './merkle.ts'
import type { LogFacts } from './rows.ts'
import { type VerifyInput, verifyLog } from './verify.ts'
import { reportText } from './verify-cli.ts'
import { columnPaths, type LogRow } from './walk.ts'

const origin = 'countersign.example/tests'
const signer = signerOf(origin, generateKeyPairSync('ed25519').privateKey)
const columnsOf = (id: string) =>
  ({
    ...Object.fromEntries(Object.keys(columnPaths).map((name) => [name, null])),
    id,
    actor_kind: 'person',
  }) as LogRow['columns']

/** A log as the seal would write it, `tag` making it another one of the same length. */
function logOf(size: number, tag = 'a'): LogRow[] {
  let chain = genesis(origin)
  return Array.from({ length: size }, (_, seq) => {
    const id = `evt_${tag}${seq}`
    const entry = canonicalBytes({ id, actor: { kind: 'person' }, text: 'x'.repeat(seq % 7) })
    const leaf = leafHash(entry)
    chain = chainHash(chain, seq, leaf)
    return { seq, eventId: id, entry, leaf, chain, columns: columnsOf(id) }
  })
}

const rootOf = (rows: readonly LogRow[]): Hash =>
  root(rows.map(({ leaf }) => leaf).reduce(append, emptyFrontier))
const headOf = (rows: readonly LogRow[], by: NoteSigner = signer) => {
  const checkpoint = { origin, size: rows.length, root: rootOf(rows) }
  return { ...checkpoint, note: signNote(formatCheckpoint(checkpoint), by) }
}

async function* inBatches(rows: readonly LogRow[], batch = 7): AsyncGenerator<LogRow[]> {
  for (let i = 0; i < rows.length; i += batch) yield rows.slice(i, i + batch)
}

function verify(rows: readonly LogRow[], change: Partial<LogFacts> = {}, input: Partial<VerifyInput> = {}) {
  const facts: LogFacts = {
    origin,
    count: rows.length,
    unsealed: { count: 0, ids: [] },
    checkpoints: [],
    receipts: [],
    ...change,
  }
  return verifyLog({
    facts,
    rows: inBatches(rows),
    keys: [signer],
    anchorsBefore: [],
    anchorsAfter: [],
    ...input,
  })
}

const anchorWith = (notes: string[]): AnchorCopy => ({
  name: 'file:a',
  place: 'a',
  notes,
  leaves: new Uint8Array(),
  strayBytes: 0,
  missing: false,
})

describe('verifying', () => {
  it('raises no alarm over any clean log with any checkpoints', async () => {
    const longest = logOf(150)
    const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 150 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 150 }), sizes, async (size, heads) => {
        const checkpoints = heads.filter((head) => head <= size).map((head) => headOf(longest.slice(0, head)))
        const report = await verify(longest.slice(0, size), { checkpoints })
        expect(report.findings).toEqual([])
        return report.exitCode === 0
      }),
      // COUNTERSIGN_RUNS=1000 for the long run.
      { numRuns: Number(process.env.COUNTERSIGN_RUNS ?? 100) },
    )
  })

  it('finds two histories that were signed for one size, whichever the database shows', async () => {
    const [one, other] = [logOf(9), logOf(9, 'b')]
    for (const shown of [one, other]) {
      const report = await verify(
        shown,
        { checkpoints: [headOf(one)] },
        { anchorsBefore: [anchorWith([headOf(other).note])] },
      )
      expect(report.exitCode).toBe(2)
      expect(report.findings[0]?.sentence).toContain('Two different histories of 9 entries')
    }
  })

  it('does not trust a key or a log that it was not told of', async () => {
    const stranger = signerOf(origin, generateKeyPairSync('ed25519').privateKey)
    const elsewhere = signerOf('example.com/other', stranger.privateKey)
    const rows = logOf(3)
    for (const by of [stranger, elsewhere]) {
      const report = await verify(rows, { checkpoints: [headOf(rows, by)] })
      expect(report).toMatchObject({ verdict: 'unknown', exitCode: 5 })
    }
    expect(await verify(rows, { checkpoints: [headOf(rows)] }, { keys: [] })).toMatchObject({ exitCode: 5 })
  })

  it('takes what the signer remembers for a head as good as any', async () => {
    const remembered = headOf(logOf(5))
    expect(await verify(logOf(8), {}, { remembered })).toMatchObject({ exitCode: 0 })
    expect(await verify(logOf(8, 'b'), {}, { remembered })).toMatchObject({ exitCode: 2 })
    expect(await verify(logOf(4), {}, { remembered })).toMatchObject({ exitCode: 3, firstBad: 4 })
  })

  it('says of an empty log that there is nothing to prove', async () => {
    const report = await verify([])
    expect(report).toMatchObject({ verdict: 'whole', size: 0, proved: [] })
  })
})

describe('the report', () => {
  it('tells people what is wrong, what was proved and what was not', async () => {
    const rows = logOf(12)
    const whole = await verify(rows, {}, { anchorsBefore: [anchorWith([headOf(rows.slice(0, 10)).note])] })
    expect(reportText(whole).split('\n')).toEqual([
      `The log is whole. 12 entries of ${origin}, 10 of them anchored.`,
      '',
      'Proved',
      `  All 12 entries: the stored bytes hash to their leaves, the leaves form one chain without a gap from the beginning of ${origin}.`,
      `  1 signed checkpoint fits the Merkle tree, the newest of 10 entries; trusted keys: ${signer.name}+${signer.id}.`,
      '  Anchor file:a outside the database holds the checkpoint of 10 entries: none of these was changed, removed, added or reordered since it was written.',
      '',
      'Not proved',
      '  The newest 2 entries: no anchor covers them yet, so a complete rewrite of them would not show.',
      '  That everything that happened was written down: a log cannot show what was never recorded.',
      '  Anything against somebody who holds the database, the signing key and every anchor at once.',
      '',
    ])
    const changed = rows.with(5, { ...(rows[5] as LogRow), entry: canonicalBytes({ id: 'other' }) })
    expect(
      reportText(await verify(changed))
        .split('\n')
        .slice(0, 4),
    ).toEqual([
      `The log was tampered with. First bad index: 5. 12 entries of ${origin}, 0 of them anchored.`,
      '',
      'Found',
      '  The bytes of entry 5 are not the ones that were sealed.',
    ])
  })
})
