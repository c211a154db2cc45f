import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Measurement } from '#lib/metrics/read.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import type { KeptInputs } from './commands.ts'
import { listVerdicts, readInputs } from './data.ts'
import { judgeReleases } from './execute.ts'
import { stepMs } from './inputs.ts'
import { judge } from './verdict.ts'

const { urls } = await testDatabase()
let admin: pg.Client
let worker: pg.Client
let db: Db
let application: string
let release: string
let count = 0

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  worker = await seed.connect(urls.worker)
  db = createDb(urls.worker)
})
afterAll(async () => {
  await db.$disconnect()
  await worker.end()
  await admin.end()
})

/** A release that ended that long ago; by hand, because what brings it there is tested where it is done. */
async function ended(minutesAgo: number, state: 'succeeded' | 'degraded' = 'succeeded') {
  application = await seed.seedApplication(admin, `verdict${count++}`)
  await admin.query(
    `UPDATE catalog.application SET observed = '{"destination":{"namespace":"shop-prod"},"labels":{}}' WHERE id = $1`,
    [application],
  )
  const plan = await seed.seedPlan(admin, application)
  const by = await seed.seedPerson(admin, 'Jonas')
  release = await seed.insertRelease(admin, { application, plan, by })
  await admin.query('ALTER TABLE rel.release DISABLE TRIGGER USER')
  await admin.query(
    `UPDATE rel.release SET state = $2, ending = 'It became degraded.', synced_at = now() - $3 * interval '1 minute',
       finished_at = now() - $3 * interval '1 minute' WHERE id = $1`,
    [release, state, minutesAgo],
  )
  await admin.query('ALTER TABLE rel.release ENABLE TRIGGER USER')
}
beforeEach(() => ended(30))

/** Metrics that swing a little and are `times` as bad since the release. */
const metrics =
  (times: number) =>
  async ({
    panel,
    grid,
  }: {
    panel: string
    grid: { fromMs: number; toMs: number }
  }): Promise<Measurement> => {
    if (panel === 'latency' || panel === 'saturation') return { is: 'nothing' }
    const { rows } = await admin.query('SELECT synced_at AS at FROM rel.release WHERE id = $1', [release])
    const moments = Math.round((grid.toMs - grid.fromMs) / stepMs) + 1
    const line = (level: number, after = 1) =>
      Array.from({ length: moments }, (_, n) => {
        const atMs = grid.fromMs + n * stepMs
        return level * (1 + 0.05 * Math.sin(n * 1.3)) * (atMs > rows[0].at.getTime() ? after : 1)
      })
    const ask = {
      unit: 'share',
      shape: 'share',
      scale: 1,
      queries: [{ name: 'failed', query: 'q' }],
    } as const
    return panel === 'errors'
      ? {
          is: 'measured',
          ask: { ...ask, queries: [...ask.queries] },
          profile: 'p',
          noPart: false,
          lines: [line(0.4, times), line(20)],
        }
      : {
          is: 'measured',
          ask: { ...ask, unit: 'per-second', shape: 'each', queries: [] },
          profile: 'p',
          noPart: false,
          lines: [line(20)],
        }
  }
const signals = { metrics: { url: 'http://127.0.0.1:1' } } as Parameters<typeof judgeReleases>[0]['signals']
const round = (read: ReturnType<typeof metrics>) => judgeReleases({ db, worker: 'wrk_1', signals, read })
const found = async () =>
  (await listVerdicts(db, release)).map(({ checkpoint, answer }) => [checkpoint, answer])

test('each checkpoint that is over is judged once, with an entry, and can be worked out again', async () => {
  await round(metrics(2))
  await Promise.all([round(metrics(1)), round(metrics(1))])
  expect(await found()).toEqual([
    [5, 'worse'],
    [15, 'worse'],
  ])
  const entries = await admin.query(
    `SELECT convert_from(entry, 'UTF8')::jsonb -> 'data' AS data FROM audit.event WHERE release_id = $1 AND type = 'release.verdict' ORDER BY id`,
    [release],
  )
  expect(entries.rows.map(({ data }) => [data.checkpoint, data.answer])).toEqual(await found())

  const kept = await readInputs(db, release, 15)
  const text = gunzipSync(kept?.bytes ?? new Uint8Array()).toString()
  expect(createHash('sha256').update(text).digest('hex')).toBe(kept?.digest)
  expect(entries.rows[1].data.inputs).toBe(kept?.digest)
  const { input, asked } = JSON.parse(text) as KeptInputs
  const [, judged] = await listVerdicts(db, release)
  expect(judge(input)).toEqual(judged?.verdict)
  expect(asked.map(({ signal }) => signal)).toEqual(['errors', 'traffic'])
})

test('nothing moved: no change, and never two judgements of one checkpoint', async () => {
  await Promise.all([round(metrics(1)), round(metrics(1))])
  expect(await found()).toEqual([
    [5, 'no-change'],
    [15, 'no-change'],
  ])
})

test('degraded is worse, whatever metrics say; so is a critical alert that began since', async () => {
  await ended(30, 'degraded')
  await round(metrics(1))
  expect(await found()).toEqual([
    [5, 'worse'],
    [15, 'worse'],
  ])
  await ended(30)
  await admin.query(
    `INSERT INTO signals.alert (source, fingerprint, starts_at, state, labels, annotations, application_id)
     VALUES ('delivery', $1, now() - interval '29 minutes', 'firing', '{"alertname":"Down","severity":"critical"}', '{}', $2)`,
    [newId('event'), application],
  )
  await round(metrics(1))
  const [first] = await listVerdicts(db, release)
  expect(first?.verdict).toMatchObject({
    answer: 'worse',
    events: [{ kind: 'alert', text: 'Down: no words' }],
  })
})

test('a backend that is away makes it wait, and in the end it is said that nobody can tell', async () => {
  const away = async (): Promise<Measurement> => ({
    is: 'failed',
    why: 'unreachable',
    detail: 'Nobody answers.',
  })
  await round(away)
  expect(await found()).toEqual([])
  await ended(60)
  await round(away)
  const [first] = await listVerdicts(db, release)
  expect(first?.answer).toBe('inconclusive')
  expect(first?.verdict.beside).toContain('Could not be read, errors: Nobody answers.')
})

test('without metrics nothing is judged', async () => {
  await judgeReleases({ db, worker: 'wrk_1', signals: {} as typeof signals, read: metrics(2) })
  expect(await found()).toEqual([])
})

test('Postgres refuses verdicts that nobody recorded, that come early, or from the web, and changes of any', async () => {
  const insert = async (client: pg.Client, checkpoint: number, event?: string) => {
    await client.query('BEGIN')
    try {
      await client.query(
        `INSERT INTO rel.verdict (release_id, checkpoint, version, answer, document, inputs, inputs_digest, event_id)
         VALUES ($1, $2, 1, 'no-change', '{}', '', repeat('a', 64), $3)`,
        [release, checkpoint, event ?? newId('event')],
      )
    } finally {
      await client.query('ROLLBACK')
    }
  }
  await expect(insert(worker, 5)).rejects.toThrow('no entry of the log records this verdict')
  await expect(insert(worker, 60)).rejects.toThrow('is not to be judged yet')
  const web = await seed.connect(urls.web)
  await expect(insert(web, 5)).rejects.toThrow('permission denied')
  await web.end()
  await round(metrics(2))
  await expect(worker.query(`UPDATE rel.verdict SET answer = 'improved'`)).rejects.toThrow(
    'permission denied',
  )
  await expect(admin.query(`UPDATE rel.verdict SET answer = 'improved'`)).rejects.toThrow(
    /append-only|refused/,
  )
})
