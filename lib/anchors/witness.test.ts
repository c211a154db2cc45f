import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { cosignerOf, formatCosignerVkey, openCosignature, parseCosignerVkey } from '#lib/audit/cosignature.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { log } from '#lib/platform/log.ts'
import { startWitness, type WitnessOptions } from '#lib/worker/witness.ts'
import { headOf, logKey, serve, stopAll } from './testing.ts'
import { witnessAnchor } from './witness.ts'

const name = 'witness.example.com/w1'
const origin = logKey.name
let dir: string
let warned: string[]
const running: Awaited<ReturnType<typeof startWitness>>[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-witness-'))
  warned = []
  vi.spyOn(log, 'warn').mockImplementation((message) => void warned.push(message))
  vi.spyOn(log, 'error').mockImplementation(() => {})
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((witness) => witness.close()))
  await stopAll()
  await rm(dir, { recursive: true, force: true })
})

async function start(rest: Partial<WitnessOptions> = {}) {
  const witness = await startWitness({ name, dir, logs: [logKey], port: 0, ...rest })
  running.push(witness)
  return witness
}
const cosignerIn = (vkey: string) => parseCosignerVkey(vkey) ?? expect.unreachable('no vkey')
const client = ({ url, vkey }: { url: string; vkey: string }) =>
  witnessAnchor({ url, cosigner: cosignerIn(vkey) }, 'witness:w1')
const textOf = (size: number) => headOf(size).note.split('\n\n')[0]?.concat('\n') ?? ''
const remembered = async () => JSON.parse(await readFile(join(dir, 'witnessed.json'), 'utf8'))
const hex = (size: number) => Buffer.from(headOf(size).checkpoint.root).toString('hex')

test('a log that grows is cosigned at every size, and the receipt holds the signature', async () => {
  const witness = await start()
  const anchor = client(witness)
  for (const size of [1, 2, 3, 7, 8, 13, 64, 100]) {
    const receipt = await anchor.submit(headOf(size))
    const opened = openCosignature(textOf(size), String(receipt.cosignature), cosignerIn(witness.vkey))
    expect(opened?.timeS).toBe(receipt.time)
    expect(await remembered()).toEqual({ [origin]: { size, root: hex(size) } })
  }
  expect((await stat(join(dir, 'key.pem'))).mode & 0o777).toBe(0o400)
  expect(await readFile(join(dir, 'witness.vkey'), 'utf8')).toBe(`${witness.vkey}\n`)
})

test('a client that remembers nothing is told the size and proves growth from there, once more asked or not', async () => {
  const witness = await start()
  for (const [before, after] of [
    [5, 9],
    [9, 9],
    [9, 40],
  ] as const) {
    await client(witness).submit(headOf(before))
    await client(witness).submit(headOf(after))
    expect(await remembered()).toEqual({ [origin]: { size: after, root: hex(after) } })
  }
})

test('a witness that was started anew knows what it cosigned, and keeps its key', async () => {
  const first = await start()
  await client(first).submit(headOf(6))
  const second = await start()
  expect(second.vkey).toBe(first.vkey)
  await expect(client(second).submit(headOf(6, { story: '!' }))).rejects.toThrow('another history of 6')
})

test('a split view: of two histories of one size, or of one that branched off, only the first is cosigned', async () => {
  const witness = await start()
  await client(witness).submit(headOf(8))
  const rewritten = headOf(8, { story: '!', forkAt: 5 })
  await expect(client(witness).submit(rewritten)).rejects.toThrow('cosigned another history of 8 entries')
  const branched = headOf(12, { story: '!', forkAt: 5 })
  await expect(client(witness).submit(branched)).rejects.toThrow('did not grow out of what it cosigned')
  expect(await remembered()).toEqual({ [origin]: { size: 8, root: hex(8) } })
  expect(warned).toEqual([
    'the witness refuses',
    'the witness refuses',
    'the witness refuses',
    'the witness refuses',
  ])
})

test('a rollback: fewer entries than before are not cosigned', async () => {
  const witness = await start()
  const anchor = client(witness)
  await anchor.submit(headOf(8))
  await expect(anchor.submit(headOf(7))).rejects.toThrow('cosigned 8 entries before, more than the 7')
  await expect(client(witness).submit(headOf(7))).rejects.toThrow(
    'cosigned 8 entries before, more than the 7',
  )
  expect(await client(witness).read({ origin, note: headOf(7).note })).toMatchObject({ knows: 8 })
})

test('asked by a verifier it tells what it knows, and cosigns nothing new', async () => {
  const witness = await start()
  expect(await client(witness).read({ origin })).not.toHaveProperty('knows')
  expect(await client(witness).read({ origin, note: headOf(9).note })).toMatchObject({ knows: 0 })
  await client(witness).submit(headOf(8))
  expect(await client(witness).read({ origin, note: headOf(8).note })).toMatchObject({ knows: 8 })
  expect(await client(witness).read({ origin, note: headOf(9).note })).toMatchObject({ knows: 8 })
  expect(await client(witness).read({ origin, note: headOf(8, { story: '!' }).note })).toMatchObject({
    conflict: 8,
  })
  expect(await remembered()).toMatchObject({ [origin]: { size: 8 } })
})

test.each([-3_600_000, 3_600_000])(
  'a clock %i ms off: the cosignature counts, and the receipt says how far',
  async (offMs) => {
    const witness = await start({ now: () => plus(clock.now(), offMs) })
    const { aheadMs } = await client(witness).submit(headOf(3))
    expect(Math.abs(Number(aheadMs) - offMs)).toBeLessThan(60_000)
    expect(warned).toEqual(['the clock of a witness is off'])
  },
)

test('many at once: one history wins, whatever the order', async () => {
  const witness = await start()
  const heads = Array.from({ length: 12 }, (_, i) => headOf(10, { story: String(i) }))
  const answers = await Promise.allSettled(heads.map((head) => client(witness).submit(head)))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a log it does not know, a signature that is not the log’s, and nonsense', async () => {
  const other = cosignerOf('example.com/other', generateKeyPairSync('ed25519').privateKey)
  const stranger = await start({ logs: [{ ...logKey, name: 'example.com/other' }] })
  await expect(client(stranger).submit(headOf(1))).rejects.toThrow('it answered 404: unknown log')
  const post = (body: string, path = '/add-checkpoint') => fetch(`${url}${path}`, { method: 'POST', body })
  const { url, vkey } = await start()
  const { note } = headOf(4)
  const statuses = await Promise.all(
    [
      post('old 0\n\n'),
      post(`old 01\n\n${note}`),
      post(`old 5\n\n${note}`),
      post(`old 0\n${'A'.repeat(43)}=\n\n${note}`),
      post(`old 0\n\n${note.replace('\n4\n', '\n5\n')}`),
      post(`old 0\n${`${'A'.repeat(43)}=\n`.repeat(64)}\n${note}`),
      post('x'.repeat(70_000)),
      post(`old 0\n\n${note}`, '/'),
    ].map(async (answer) => (await answer).status),
  )
  expect(statuses).toEqual([400, 400, 400, 422, 403, 400, 400, 404])
  const wrongKey = witnessAnchor({ url, cosigner: other }, 'witness:other')
  await expect(wrongKey.submit(headOf(4))).rejects.toThrow('a cosignature that is not genuine')
  expect(parseCosignerVkey(vkey)?.name).toBe(name)
})

test('an answer with a signature over something else, or with a time of never, is not taken', async () => {
  const cosigner = cosignerOf(name, generateKeyPairSync('ed25519').privateKey)
  const vkey = formatCosignerVkey(cosigner)
  const real = await start()
  const { cosignature } = await client(real).submit(headOf(2))
  for (const body of [String(cosignature), '— nothing\n', '', `— ${name} ${'/'.repeat(100)}\n`]) {
    const { url } = await serve(() => ({ status: 200, body }))
    await expect(client({ url, vkey }).submit(headOf(3))).rejects.toThrow('not genuine')
  }
})

test('without its key, or with a memory that cannot be read, it does not start', async () => {
  const witness = await start()
  await client(witness).submit(headOf(2))
  const state = await readFile(join(dir, 'witnessed.json'))
  await writeFile(join(dir, 'witnessed.json'), '{"example')
  await expect(start()).rejects.toThrow(/witnessed\.json cannot be read: restore it/)
  await writeFile(join(dir, 'witnessed.json'), state)
  await chmod(join(dir, 'key.pem'), 0o444)
  await expect(start()).rejects.toThrow('can be read by other accounts')
  await rm(join(dir, 'key.pem'))
  await expect(start()).rejects.toThrow(/key\.pem is missing, and this witness cosigned before/)
})

test('what cannot be remembered is not cosigned', async () => {
  const witness = await start()
  await client(witness).submit(headOf(2))
  await rm(dir, { recursive: true })
  await writeFile(dir, 'a file where the folder should be')
  await expect(client(witness).submit(headOf(3))).rejects.toThrow('it answered 500')
  await rm(dir)
  expect(
    await client(witness)
      .read({ origin, note: headOf(2).note })
      .catch(() => undefined),
  ).toMatchObject({ knows: 2 })
})
