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

const one = { release: 'rel_1' }
const [two, three] = [{ application: 'app_2' }, { application: 'app_3' }]

test('the first change after a quiet time goes out at once, with what comes along', async () => {
  const { client, say } = await hub()
  const { got } = client()
  say(one)
  say(one)
  vi.advanceTimersByTime(2)
  say({ catalog: true })
  expect(got).toEqual([])
  vi.advanceTimersByTime(3)
  expect(got).toEqual([{ names: [one, { catalog: true }], gap: false }])
  vi.advanceTimersByTime(1000)
  expect(got).toHaveLength(1)
  say(two)
  vi.advanceTimersByTime(5)
  expect(got.at(-1)).toEqual({ names: [two], gap: false })
})

test('a burst goes out four times a second, its end included', async () => {
  const { client, say } = await hub()
  const { got } = client()
  for (let i = 0; i < 100; i++) {
    say({ application: `app_${i % 10}` })
    vi.advanceTimersByTime(10)
  }
  say(one)
  vi.advanceTimersByTime(250)
  expect(got).toHaveLength(5)
  expect(got.slice(0, 4).map(({ names }) => names.length)).toEqual([1, 10, 10, 10])
  expect(got.at(-1)?.names).toContainEqual(one)
  vi.advanceTimersByTime(1000)
  expect(got).toHaveLength(5)
})

test('what comes right behind a change waits its turn, not for quiet', async () => {
  const { client, say } = await hub()
  const { got } = client()
  say(one)
  vi.advanceTimersByTime(5)
  say(two)
  vi.advanceTimersByTime(200)
  say(three)
  vi.advanceTimersByTime(49)
  expect(got).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(got.at(-1)).toEqual({ names: [two, three], gap: false })
})

test('many clients hear one after the other, and in a burst less often', async () => {
  const { client, say } = await hub()
  const all = Array.from({ length: 200 }, (_, index) => client(`usr_${index}`).got)
  const heard = () => all.filter((got) => got.length > 0).length
  say(one)
  vi.advanceTimersByTime(5)
  expect(heard()).toBeLessThan(10)
  vi.advanceTimersByTime(100)
  expect(heard()).toBe(200)
  for (let i = 0; i < 300; i++) {
    say(two)
    vi.advanceTimersByTime(10)
  }
  expect(Math.max(...all.map((got) => got.length))).toBeLessThanOrEqual(4)
  vi.advanceTimersByTime(1000)
  expect(Math.min(...all.map((got) => got.length))).toBeGreaterThanOrEqual(4)
})

test('after a gap, and for a flood, the word is to look at everything', async () => {
  const { client, say, gap } = await hub({ namesMax: 3 })
  const { got } = client()
  say({ release: 'rel_1' })
  gap()
  vi.advanceTimersByTime(5)
  for (let i = 0; i < 1000; i++) say({ application: `app_${i}` })
  vi.advanceTimersByTime(250)
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
