import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createMasker } from '#lib/manifests/mask.ts'
import { HttpStreamError } from '#lib/platform/http.ts'
import { type ListPiece, readList, readWatch, type WatchPiece } from './stream.ts'

const recordings = new URL('../../sandbox/recordings/argocd/', import.meta.url)
const recorded = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}.json`, recordings), 'utf8')).response
const masker = createMasker('test')

async function* chunks(given: readonly (string | Uint8Array)[], broken?: HttpStreamError) {
  for (const each of given) yield typeof each === 'string' ? Buffer.from(each) : each
  if (broken) throw broken
}
async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const pieces: T[] = []
  for await (const piece of stream) pieces.push(piece)
  return pieces
}
const list = (given: readonly (string | Uint8Array)[]) => all<ListPiece>(readList(chunks(given), masker))
const watch = (given: readonly (string | Uint8Array)[]) => all<WatchPiece>(readWatch(chunks(given), masker))
const frames = (name: string): string[] =>
  recorded(`stream/${name}`).frames.map((frame: { data: string }) => frame.data)
const reset = { ok: false, kind: 'reset', beforeBytesSent: false, message: 'broke' } as const

describe('a recorded list', () => {
  it.each(['list', 'list-at-the-end', 'list-fields', 'list-reader', 'list-selector'])('%s', async (name) => {
    const { body } = recorded(`applications/${name}`)
    for (const text of [JSON.stringify(body), JSON.stringify(body, null, 2)]) {
      const pieces = await list([text])
      expect(pieces.filter((each) => each.kind === 'problem')).toEqual([])
      expect(pieces.at(-1)).toEqual({
        kind: 'end',
        total: body.items.length,
        resourceVersion: body.metadata.resourceVersion,
      })
    }
  })

  it('is empty, not broken, when nothing matches', async () => {
    expect(await list([JSON.stringify(recorded('applications/list-nothing-matches').body)])).toEqual([
      { kind: 'end', total: 0, resourceVersion: '1146' },
    ])
  })

  it('names every application that has lost its name', async () => {
    const pieces = await list([JSON.stringify(recorded('applications/list-fields-wrong-prefix').body)])
    expect(pieces.filter((each) => each.kind === 'problem')).toHaveLength(26)
  })

  it('is the same wherever the bytes are cut', async () => {
    const [first, second] = recorded('applications/list').body.items
    const bytes = Buffer.from(JSON.stringify({ metadata: { resourceVersion: '7' }, items: [first, second] }))
    const expected = await list([bytes])
    expect(expected.map((each) => each.kind)).toEqual(['application', 'application', 'end'])
    expect(await list([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
    for (let at = 1; at < bytes.length; at += 97) {
      expect(await list([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected)
    }
  })

  it('is taken one application a line as well', async () => {
    const [first, second] = recorded('applications/list').body.items
    const pieces = await list([`${JSON.stringify(first)}\n${JSON.stringify(second)}\n`])
    expect(pieces.map((each) => each.kind)).toEqual(['application', 'application', 'end'])
  })
})

describe('a list that is not what it should be', () => {
  const good = '{"metadata":{"name":"good"}}'
  it.each<[string, Uint8Array | string]>([
    [
      'invalid UTF-8',
      Buffer.from([...Buffer.from('{"metadata":{"name":"'), 0xff, 0xfe, ...Buffer.from('"}}')]),
    ],
    ['a broken object', '{"metadata":{"name":}}'],
    ['a wrong type', '{"metadata":{"name":"bad","labels":7}}'],
    ['a depth bomb', `{"metadata":{"name":"bad"},"spec":${'['.repeat(9999)}${']'.repeat(9999)}}`],
    [
      'a deep source',
      `{"metadata":{"name":"bad"},"spec":{"source":{"repoURL":"x","helm":${'['.repeat(99)}${']'.repeat(99)}}}}`,
    ],
    ['null', 'null'],
    ['something huge', `{"metadata":{"name":"${'x'.repeat(5 << 20)}"}}`],
  ])('keeps the others beside %s', async (_, bad) => {
    const pieces = await list(['{"items":[', good, ',', bad, ',', good, '],"metadata":{}}'])
    expect(pieces.map((each) => each.kind)).toEqual(['application', 'problem', 'application', 'end'])
    expect(pieces[1]).toMatchObject({ problem: expect.stringMatching(/^not understood: /) })
  })

  it('takes the last of two equal names, as Argo CD itself does', async () => {
    const [piece] = await list(['{"items":[{"metadata":{"name":"one","name":"two"}}]}'])
    expect(piece).toMatchObject({ application: { key: { name: 'two' } } })
  })

  it.each([
    ['half an object', '{"items":[{"metadata":{"name":"x"}},{"meta'],
    ['a page of a proxy', '<html>Bad gateway</html>'],
    ['another object', '{"a":1}'],
    ['an array', '[{"metadata":{"name":"x"}}]'],
    ['nothing at all', ''],
    ['an error in its place', '{"error":"boom password=hunter2canary","code":2}'],
  ])('fails and never says end: %s', async (_, text) => {
    const pieces = await list([text])
    expect(pieces.at(-1)?.kind).toBe('failed')
    expect(JSON.stringify(pieces)).not.toContain('hunter2canary')
  })

  it('fails when the connection breaks', async () => {
    const pieces = await all(readList(chunks([`{"items":[${good},`], new HttpStreamError(reset)), masker))
    expect(pieces.map((each) => each.kind)).toEqual(['application', 'failed'])
  })
})

describe('a recorded watch', () => {
  const shape = (pieces: WatchPiece[]) =>
    pieces.map((each) =>
      each.kind === 'application' ? `${each.type} ${each.application.key.name}` : each.kind,
    )

  it('says what was created, changed and deleted', async () => {
    expect(shape(await watch(frames('created-and-deleted')))).toEqual([
      'ADDED unlabelled-thing',
      'ADDED short-lived',
      'MODIFIED short-lived',
      'MODIFIED unlabelled-thing',
      'DELETED short-lived',
      'failed',
    ])
  })

  it.each(['snapshot-sse', 'snapshot-fields', 'pinned-sync-checkout-prod', 'sync-then-degraded'])(
    '%s has no problem',
    async (name) => {
      const pieces = await watch(frames(name))
      expect(pieces.length).toBeGreaterThan(5)
      expect(pieces.filter((each) => each.kind === 'problem')).toEqual([])
    },
  )

  it('follows a sync from accepted to healthy', async () => {
    const seen = (await watch(frames('pinned-sync-checkout-prod'))).flatMap((each) =>
      each.kind === 'application' ? [each.application] : [],
    )
    expect(seen.map((each) => each.operation?.phase)).toEqual(
      expect.arrayContaining([undefined, 'Pending', 'Running', 'Succeeded']),
    )
    expect(seen.at(-1)).toMatchObject({ sync: { status: 'Synced' }, health: { status: 'Healthy' } })
  })

  it('hears the keep-alive', async () => {
    expect(shape(await watch(frames('keep-alive')))).toEqual([
      'ADDED catalog-dev',
      'MODIFIED catalog-dev',
      'alive',
      'alive',
      'failed',
    ])
  })

  it('is the same wherever the bytes are cut', async () => {
    const text = frames('sync-then-degraded').slice(0, 4).join('')
    const bytes = Buffer.from(text.replace('checkout-prod', 'checköut-prod'))
    const expected = await watch([bytes])
    expect(shape(expected)).toContain('ADDED checköut-prod')
    expect(await watch([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
  })

  it('fails as unauthorised by the error frame', async () => {
    expect(await watch(frames('unauthenticated'))).toEqual([
      { kind: 'failed', failure: expect.objectContaining({ kind: 'unauthorised', code: 16 }) },
    ])
  })
})

describe('a watch that is not what it should be', () => {
  it('keeps one bad event apart from the next', async () => {
    const bad = [
      '{"result":',
      '"text"',
      '{"result":{"type":"ADDED"}}',
      '{"result":{"type":"ADDED","application":{"metadata":{"name":"x","labels":[]}}}}',
      '['.repeat(20_000),
    ]
    const events = [...bad, '{"result":{"type":"ODD","application":{"metadata":{"name":"good"}}}}']
    const pieces = await watch(events.map((each) => `data: ${each} \n\n\n`))
    expect(pieces.map((each) => each.kind)).toEqual([...bad.map(() => 'problem'), 'application', 'failed'])
    expect(pieces[3]).toMatchObject({ key: { name: 'x' } })
  })

  it('gives up on an event without end', async () => {
    const pieces = await watch([`data: ${'x'.repeat(5 << 20)}`, 'x'.repeat(5 << 20), 'x'])
    expect(pieces).toEqual([{ kind: 'failed', failure: expect.objectContaining({ kind: 'not-understood' }) }])
  })

  it('fails when it breaks or ends', async () => {
    const broken = await all(readWatch(chunks([':\n'], new HttpStreamError(reset)), masker))
    expect(broken.map((each) => each.kind)).toEqual(['alive', 'failed'])
    expect(await watch([])).toEqual([
      { kind: 'failed', failure: expect.objectContaining({ kind: 'unreachable' }) },
    ])
  })
})
