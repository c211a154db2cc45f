import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Batch, createHub, type HubOptions } from './broadcast.ts'
import type { Names } from './notify.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

async function hub(options: Partial<HubOptions> = {}) {
  let say: (names: Names) => void = () => {}
  let gap = () => {}
  const close = vi.fn(async () => {})
  const listen = vi.fn<HubOptions['listen']>(async (hear, onGap) => {
    say = hear
    gap = onGap
    return { close }
  })
  const made = createHub({ listen, ...options })
  await made.ready()
  const client = (key = 'usr_1') => {
    const got: Batch[] = []
    return { got, joined: made.join(key, (batch) => got.push(batch)) }
  }
  return { made, listen, close, client, say: (names: Names) => say(names), gap: () => gap() }
}

test('names that come together go out together, each once, 100 ms after the first', async () => {
  const { client, say } = await hub()
  const { got } = client()
  say({ release: 'rel_1' })
  vi.advanceTimersByTime(60)
  say({ release: 'rel_1' })
  say({ catalog: true })
  vi.advanceTimersByTime(39)
  expect(got).toEqual([])
  vi.advanceTimersByTime(1)
  expect(got).toEqual([{ names: [{ release: 'rel_1' }, { catalog: true }], gap: false }])
  vi.advanceTimersByTime(1000)
  expect(got).toHaveLength(1)
})

test('after a gap, and for a flood, the word is to look at everything', async () => {
  const { client, say, gap } = await hub({ namesMax: 3 })
  const { got } = client()
  say({ release: 'rel_1' })
  gap()
  vi.advanceTimersByTime(100)
  for (let i = 0; i < 1000; i++) say({ application: `app_${i}` })
  vi.advanceTimersByTime(100)
  expect(got).toEqual([
    { names: [], gap: true },
    { names: [], gap: true },
  ])
})

test('at most four of one account and as many as the process takes; who leaves makes room, once', async () => {
  const { made, client } = await hub({ totalMax: 6 })
  const mine = Array.from({ length: 4 }, () => client().joined)
  expect(client().joined).toEqual({ ok: false, refusal: 'too-many-of-key' })
  client('usr_2')
  client('usr_3')
  expect(client('usr_4').joined).toEqual({ ok: false, refusal: 'too-many' })
  const first = mine[0]
  if (first?.ok) {
    first.value()
    first.value()
  }
  expect(client().joined.ok).toBe(true)
  expect(client().joined).toEqual({ ok: false, refusal: 'too-many-of-key' })
  expect(made.size()).toEqual({ clients: 6, keys: 3 })
})

test('whoever has left hears nothing more, not even what was gathered', async () => {
  const { client, say, made } = await hub()
  const { got, joined } = client()
  say({ catalog: true })
  if (joined.ok) joined.value()
  vi.advanceTimersByTime(1000)
  expect(got).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
  expect(made.size()).toEqual({ clients: 0, keys: 0 })
})

test('one connection serves all, and a failed one is tried again with the next client', async () => {
  const { made, listen, close } = await hub()
  await Promise.all([made.ready(), made.ready()])
  expect(listen).toHaveBeenCalledTimes(1)
  await made.close()
  expect(close).toHaveBeenCalledTimes(1)
  listen.mockRejectedValueOnce(new Error('no Postgres'))
  await expect(made.ready()).rejects.toThrow('no Postgres')
  await made.ready()
  expect(listen).toHaveBeenCalledTimes(3)
})
