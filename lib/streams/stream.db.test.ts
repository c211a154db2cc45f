import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest'
import { stopAll } from '#lib/anchors/testing.ts'
import { leafHash } from '#lib/audit/merkle.ts'
import { connect, disarm, manyEvents, rearm, wipe, writeEvents } from '#lib/audit/testing.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { collector, type Kept, type Mood } from '#lib/sinks/testing.ts'
import { readStanding } from './data.ts'
import { followStream } from './execute.ts'
import { isBehind } from './stream.ts'

const { urls } = await testDatabase()
const admin = await connect(urls.admin)
const web = await connect(urls.web)
const db = createDb(urls.worker, 2)

beforeEach(async () => {
  vi.spyOn(log, 'info').mockImplementation(() => {})
  vi.spyOn(log, 'error').mockImplementation(() => {})
  await disarm(admin)
  await admin.query('ALTER TABLE audit.stream DISABLE TRIGGER USER')
  await admin.query('DELETE FROM audit.stream')
  await admin.query('ALTER TABLE audit.stream ENABLE TRIGGER USER')
  await wipe(admin)
  await rearm(admin)
})
afterEach(stopAll)
afterAll(() => Promise.all([admin.end(), web.end(), db.$disconnect()]))

/** The entries of this moment under a checkpoint, as the signer would leave it. */
async function sign(): Promise<void> {
  await admin.query(
    `INSERT INTO audit.checkpoint (size, root, note, key_id)
     SELECT max(seq) + 1, sha256('root'), 'a note', 'key' FROM audit.log ON CONFLICT DO NOTHING`,
  )
}
async function grow(count: number): Promise<void> {
  await writeEvents(web, manyEvents(count))
  await sign()
}

const streamTo = (url: string, kind: 'http' | 'victorialogs' = 'http', worker = 'wrk_1', batch = 7) =>
  followStream({
    db,
    worker,
    stream: kind === 'http' ? { kind, url, batch } : { kind, url, batch, retentionMs: 7 * 86_400_000 },
    pause: () => 0,
  })
const quiet = async (stream: ReturnType<typeof streamTo>, rounds = 100) => {
  for (let left = rounds; left > 0; left -= 1) await stream.round()
}

/** In the order in which each number came first: what a reader sees who drops repetitions. */
const firsts = (kept: Kept[]) => [...new Map(kept.map((line) => [line.seq, line])).values()]
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

it.each(['http', 'victorialogs'] as const)(
  'hands %s every entry, in order, with its leaf and checkpoint',
  async (kind) => {
    await grow(20)
    const { url, kept, seen } = await collector()
    await quiet(streamTo(url, kind), 5)
    expect(kept.map(({ seq }) => seq)).toEqual(numbers(20))
    for (const { entry, leaf, checkpoint, id, seq } of kept) {
      expect(Buffer.from(leafHash(Buffer.from(entry))).toString('hex')).toBe(leaf)
      expect(checkpoint).toBe(20)
      expect(id).toMatch(new RegExp(`^countersign\\.local/\\w+/${seq}$`))
    }
    const posts = seen.filter(({ method }) => method === 'POST')
    expect(posts.map(({ body }) => body.trim().split('\n').length)).toEqual([7, 7, 6])
    expect(posts[0]?.url.pathname).toBe(kind === 'http' ? '/' : '/insert/jsonline')
  },
)

it.each<[Mood, 'http' | 'victorialogs']>([
  ['refuse', 'http'],
  ['busy', 'http'],
  ['hang-up', 'http'],
  ['take-then-hang-up', 'http'],
  ['refuse', 'victorialogs'],
  ['take-then-hang-up', 'victorialogs'],
])('%s by %s moves no cursor, and says so', async (mood, kind) => {
  await grow(10)
  const { url, kept } = await collector(['take', mood])
  const stream = streamTo(url, kind)
  await stream.round()
  await stream.round()
  const name = `${kind}:${new URL(url).host}`
  const failing = await readStanding(db, name)
  expect(failing).toMatchObject({ next: 7, size: 10 })
  expect(failing.message).toMatch(/does not answer|did not take the log/)
  expect(isBehind(failing, clock.now())).toBe(true)
  await stream.round()
  expect(firsts(kept).map(({ seq }) => seq)).toEqual(numbers(10))
  const after = await readStanding(db, name)
  expect(after).toMatchObject({ next: 10, size: 10, message: null, failingSince: null, behindSince: null })
})

it('whatever the sink does, after quiet it holds each number, in order, without a gap', async () => {
  const moods: Mood[] = ['refuse', 'take-then-hang-up', 'busy', 'take', 'hang-up']
  let seed = 42
  const draw = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return moods[seed % moods.length] as Mood
  }
  const { url, kept } = await collector(Array.from({ length: 40 }, draw))
  for (let life = 0; life < 8; life += 1) {
    await grow(9)
    // Each life is a worker that starts anew and knows nothing but the cursor; the one before let go, or did not.
    const stream = streamTo(url, 'http', `wrk_${life}`)
    await quiet(stream, 6)
    if (life % 2 === 0) await stream.end()
    else await admin.query(`UPDATE audit.stream SET held_until = clock_timestamp() - interval '1 second'`)
  }
  await quiet(streamTo(url, 'http', 'wrk_last'), 60)
  expect(firsts(kept).map(({ seq }) => seq)).toEqual(numbers(72))
  // A repetition says the same as what it repeats.
  const leaves = new Map(firsts(kept).map(({ seq, leaf }) => [seq, leaf]))
  for (const line of kept) expect(line.leaf).toBe(leaves.get(line.seq))
})

it('two workers take turns: who does not hold the stream sends nothing', async () => {
  await grow(10)
  const { url, kept } = await collector()
  const [first, second] = [streamTo(url), streamTo(url, 'http', 'wrk_2')]
  await first.round()
  await quiet(second, 3)
  expect(kept).toHaveLength(7)
  await first.end()
  await quiet(second, 3)
  expect(kept.map(({ seq }) => seq)).toEqual(numbers(10))
})

it('an entry waits for its checkpoint, but not for a signer that is down', async () => {
  await grow(3)
  await writeEvents(web, manyEvents(4))
  const { url, kept } = await collector()
  const stream = streamTo(url)
  await quiet(stream, 3)
  expect(kept.map(({ seq }) => seq)).toEqual([0, 1, 2])
  await disarm(admin)
  await admin.query(`UPDATE audit.event SET created_at = created_at - interval '3 minutes'`)
  await rearm(admin)
  await quiet(stream, 3)
  expect(kept.map(({ seq, checkpoint }) => [seq, checkpoint])).toEqual([
    ...[0, 1, 2].map((seq) => [seq, 3]),
    ...[3, 4, 5, 6].map((seq) => [seq, undefined]),
  ])
})

it.each<[string, 'web' | 'worker' | 'signer' | 'owner', string]>([
  ['moves it', 'web', 'UPDATE audit.stream SET next = 1'],
  ['begins one', 'web', `INSERT INTO audit.stream (sink) VALUES ('http:x')`],
  ['moves it', 'signer', 'UPDATE audit.stream SET next = 1'],
  ['moves it back', 'worker', 'UPDATE audit.stream SET next = next - 1'],
  ['moves it beyond the log', 'worker', 'UPDATE audit.stream SET next = 1000'],
  ['begins one where it likes', 'worker', `INSERT INTO audit.stream (sink, next) VALUES ('http:x', 3)`],
  ['renames it', 'worker', `UPDATE audit.stream SET sink = 'http:x'`],
  ['takes it away', 'worker', 'DELETE FROM audit.stream'],
  ['empties it', 'worker', 'TRUNCATE audit.stream'],
  ['empties it', 'owner', 'TRUNCATE audit.stream'],
])('an attack that %s as %s is refused', async (_what, role, statement) => {
  await grow(8)
  const { url } = await collector()
  await streamTo(url).round()
  const client = await connect(urls[role])
  await expect(client.query(statement)).rejects.toThrow(
    /permission denied|forward only|ahead of the log|append-only/,
  )
  await client.end()
})
