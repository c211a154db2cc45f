import { generateKeyPairSync } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase } from '#lib/platform/testing.ts'
import type { AnchorCopy } from './anchors.ts'
import { formatCheckpoint, type NoteSigner, signerOf, signNote } from './checkpoint.ts'
import { append, emptyFrontier, root } from './merkle.ts'
import { readFacts, readRows } from './rows.ts'
import { connect, disarm, editEntry, entryOf, manyEvents, reseal, signOut, writeEvents } from './testing.ts'
import { type Report, verifyLog } from './verify.ts'

const { urls } = await testDatabase()
const size = 120
const anchoredSizes = [1, 40, 41, 100, size]

let superuser: pg.Client
let signer: NoteSigner
let copy: AnchorCopy

beforeAll(async () => {
  superuser = await connect(urls.admin)
  const web = await connect(urls.web)
  await writeEvents(web, manyEvents(size))
  await web.end()
  const { origin } = await readFacts(superuser)
  signer = signerOf(origin, generateKeyPairSync('ed25519').privateKey)
  const { rows } = await superuser.query<{ leaf: Buffer }>('SELECT leaf FROM audit.log ORDER BY seq')
  const leaves = rows.map((row) => row.leaf)
  const notes = anchoredSizes.map((n) => {
    const head = { origin, size: n, root: root(leaves.slice(0, n).reduce(append, emptyFrontier)) }
    return { ...head, note: signNote(formatCheckpoint(head), signer) }
  })
  for (const { size: n, root: head, note } of notes)
    await superuser.query('INSERT INTO audit.checkpoint (size, root, note, key_id) VALUES ($1, $2, $3, $4)', [
      n,
      head,
      note,
      signer.id,
    ])
  copy = {
    name: 'file:anchor',
    place: 'anchor',
    notes: notes.map(({ note }) => note),
    leaves: Buffer.concat(leaves),
    strayBytes: 0,
    missing: false,
  }
})
afterAll(() => superuser.end())

/** Does what a superuser can, verifies, and takes it back. */
async function attacked(attack: () => Promise<unknown>, anchors: AnchorCopy[] = [copy]): Promise<Report> {
  await superuser.query('BEGIN')
  try {
    await disarm(superuser)
    await attack()
    const facts = await readFacts(superuser)
    const rows = readRows(superuser)
    return await verifyLog({ facts, rows, keys: [signer], anchorsBefore: anchors, anchorsAfter: anchors })
  } finally {
    await superuser.query('ROLLBACK')
  }
}

const removeFrom = async (seq: number) => {
  await superuser.query('DELETE FROM audit.checkpoint WHERE size > $1', [seq])
  await superuser.query('DELETE FROM audit.log WHERE seq >= $1', [seq])
  await superuser.query(
    'DELETE FROM audit.event e WHERE NOT EXISTS (SELECT FROM audit.log l WHERE l.event_id = e.id)',
  )
}
const removeOne = async (seq: number) => {
  await superuser.query('DELETE FROM audit.checkpoint WHERE last_seq = $1', [seq])
  await superuser.query('DELETE FROM audit.log WHERE seq = $1', [seq])
  await superuser.query(
    'DELETE FROM audit.event e WHERE NOT EXISTS (SELECT FROM audit.log l WHERE l.event_id = e.id)',
  )
}
const closeGap = (seq: number) => superuser.query('UPDATE audit.log SET seq = seq - 1 WHERE seq > $1', [seq])
const swapWith = (seq: number) => Math.min(seq + 7, size - 1)
const swap = (seq: number, columns: string) =>
  superuser.query(
    `UPDATE audit.log a SET ${columns
      .split(' ')
      .map((column) => `${column} = b.${column}`)
      .join(', ')} FROM audit.log b WHERE (a.seq = $1 AND b.seq = $2) OR (a.seq = $2 AND b.seq = $1)`,
    [seq, swapWith(seq)],
  )
const unseal = () => superuser.query('DROP INDEX audit.log_event')

const attacks: [string, (seq: number) => Promise<unknown>][] = [
  ['an entry is edited', (seq) => editEntry(superuser, seq)],
  [
    'an entry is edited and its leaf fixed',
    async (seq) => {
      await editEntry(superuser, seq)
      await superuser.query(
        `UPDATE audit.log l SET leaf = sha256('\\x00'::bytea || e.entry) FROM audit.event e WHERE e.id = l.event_id AND seq = $1`,
        [seq],
      )
    },
  ],
  [
    'an entry is removed and the gap closed',
    async (seq) => {
      await removeOne(seq)
      await closeGap(seq)
    },
  ],
  [
    'two entries are swapped',
    async (seq) => {
      await unseal()
      await swap(seq, 'event_id')
    },
  ],
  [
    'two entries are swapped with their leaves and chain',
    async (seq) => {
      await unseal()
      await swap(seq, 'event_id leaf chain')
    },
  ],
  [
    'an entry and all after it are written anew',
    async (seq) => {
      await editEntry(superuser, seq)
      await reseal(superuser, seq)
      await superuser.query('DELETE FROM audit.checkpoint WHERE size > $1', [seq])
    },
  ],
  [
    'an entry is removed and all after it written anew',
    async (seq) => {
      await removeOne(seq)
      await closeGap(seq)
      await reseal(superuser, seq)
      await superuser.query('DELETE FROM audit.checkpoint WHERE size > $1', [seq])
    },
  ],
  [
    'the bytes of an entry are taken away',
    (seq) =>
      superuser.query('DELETE FROM audit.event WHERE id = (SELECT event_id FROM audit.log WHERE seq = $1)', [
        seq,
      ]),
  ],
]

// Spread over the log, the same in every run; first, middle and last are always among them. COUNTERSIGN_POSITIONS=50
// for the whole matrix.
const spread = Array.from(
  { length: Number(process.env.COUNTERSIGN_POSITIONS ?? 9) },
  (_, i) => (i * 53 + 11) % size,
)
const positions = [...new Set([0, size / 2, size - 1, ...spread])]

describe('the first bad index is exact when', () => {
  for (const [name, attack] of attacks)
    it(name, async () => {
      for (const seq of positions) {
        const swapped = name.startsWith('two') && swapWith(seq) === seq
        const report = await attacked(() => attack(seq))
        // The last entry removed is a tail that was cut.
        const cut = seq === size - 1 && name.startsWith('an entry is removed')
        const expected = swapped ? undefined : seq
        expect([report.exitCode, report.firstBad], `${name} at ${seq}`).toEqual([
          swapped ? 0 : cut ? 3 : 2,
          expected,
        ])
      }
    })

  it('an entry is removed, or the end is cut off, or an older backup is restored', async () => {
    for (const seq of positions) {
      const removed = await attacked(() => removeOne(seq))
      expect([removed.exitCode, removed.firstBad]).toEqual([seq === size - 1 ? 3 : 2, seq])
      const cut = await attacked(() => removeFrom(seq))
      expect([cut.exitCode, cut.firstBad]).toEqual([3, seq])
      expect(cut.findings[0]?.sentence).toContain(`Entries ${seq} to ${size - 1} are missing`)
    }
  })

  it('a backup is restored and life goes on without the lost entries', async () => {
    for (const seq of positions) {
      const report = await attacked(async () => {
        await removeFrom(seq)
        await superuser.query('ALTER TABLE audit.event ENABLE TRIGGER seal')
        await writeEvents(superuser, manyEvents(size - seq + 5))
        await superuser.query('SET CONSTRAINTS ALL IMMEDIATE')
      })
      expect([report.exitCode, report.firstBad]).toEqual([2, seq])
    }
  })
})

describe('found, too', () => {
  it('an event that was written past the seal', async () => {
    const { id, entry } = entryOf(signOut())
    const report = await attacked(() =>
      superuser.query('INSERT INTO audit.event (id, entry) VALUES ($1, $2)', [id, entry]),
    )
    expect(report).toMatchObject({ verdict: 'unsealed', exitCode: 4 })
    expect(report.findings[0]?.sentence).toContain(id)
  })

  it('a search column that hides an entry from a search', async () => {
    const report = await attacked(async () => {
      await superuser.query('ALTER TABLE audit.event ALTER COLUMN service DROP EXPRESSION')
      await superuser.query(
        `UPDATE audit.event SET service = 'other' WHERE id = (SELECT event_id FROM audit.log WHERE seq = 60)`,
      )
    })
    expect(report).toMatchObject({ exitCode: 2, firstBad: 60 })
    expect(report.findings[0]?.sentence).toContain('Column service')
  })

  it('the log under another name', async () => {
    const report = await attacked(() =>
      superuser.query(`UPDATE audit.origin SET origin = 'example.com/other'`),
    )
    expect(report).toMatchObject({ exitCode: 2, firstBad: 0 })
    expect(report.findings.map(({ verdict }) => verdict)).toContain('unknown')
  })

  it('a checkpoint that was changed, and one by a stranger', async () => {
    const changed = await attacked(() =>
      superuser.query(`UPDATE audit.checkpoint SET root = sha256('x') WHERE size = 41`),
    )
    expect(changed).toMatchObject({ exitCode: 2 })
    const stranger = signerOf(signer.name, generateKeyPairSync('ed25519').privateKey)
    const note = signNote(
      formatCheckpoint({ origin: signer.name, size: 41, root: Buffer.alloc(32) }),
      stranger,
    )
    const forged = await attacked(() =>
      superuser.query('UPDATE audit.checkpoint SET note = $1 WHERE size = 41', [note]),
    )
    expect(forged).toMatchObject({ exitCode: 5 })
  })

  it('a receipt whose note the anchor no longer holds', async () => {
    const report = await attacked(() =>
      superuser.query(
        `INSERT INTO audit.receipt (size, anchor, kind, receipt) VALUES (41, 'file:anchor', 'file', '{"sha256":"00"}')`,
      ),
    )
    expect(report.findings[0]?.sentence).toContain('lost evidence')
    expect(report.exitCode).toBe(2)
  })
})

describe('a rewritten end', () => {
  const rewrite = (seq: number) => async () => {
    await editEntry(superuser, seq)
    await reseal(superuser, seq)
    await superuser.query('DELETE FROM audit.checkpoint')
  }

  it('is named between two checkpoints where the anchor keeps no leaves', async () => {
    const report = await attacked(rewrite(60), [{ ...copy, leaves: new Uint8Array() }])
    expect(report.findings[0]).toMatchObject({ verdict: 'tampered', index: 41, until: 99 })
  })

  it('is named between two checkpoints where the leaves were forged as well', async () => {
    const leaves = Uint8Array.from(copy.leaves)
    leaves[70 * 32] = (leaves[70 * 32] as number) ^ 1
    const report = await attacked(rewrite(60), [{ ...copy, leaves }])
    expect(report.findings[0]).toMatchObject({ verdict: 'tampered', index: 41, until: 99 })
    expect(report.notProved.join()).toContain('fit no signed checkpoint')
  })

  it('goes unnoticed without anchors, and the report says that this was not proved', async () => {
    const report = await attacked(rewrite(60), [])
    expect(report.verdict).toBe('whole')
    expect(report.notProved[0]).toContain(`${size} entries: no anchor covers them`)
  })
})

it('raises no alarm over a log that nobody touched', async () => {
  const report = await attacked(async () => {})
  expect(report).toMatchObject({ verdict: 'whole', exitCode: 0, size, anchoredSize: size, findings: [] })
  expect(report.proved).toHaveLength(3)
})
