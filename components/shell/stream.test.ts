import { expect, test } from 'vitest'
import { type Batch, backoffMs, readBatch, touches } from './stream.ts'

const batch = (...names: Batch['names']): Batch => ({ names, everything: false })

const readNames = (data: string) => readBatch(data).names

test('reads names and nothing else', () => {
  expect(readNames('{"release":"rel_1"}')).toEqual([{ release: 'rel_1' }])
  expect(readNames('{"catalog":true,"application":["app_1","app_2"]}')).toEqual([
    { application: 'app_1' },
    { application: 'app_2' },
    { catalog: true },
  ])
  expect(readNames('{"release":7,"catalog":"yes","other":true}')).toEqual([])
  expect(readNames('not json')).toEqual([])
  expect(readNames('null')).toEqual([])
})

test('a gap means everything, whatever is named beside it', () => {
  expect(readBatch('{"catalog":true,"log":true,"gap":true}')).toEqual({
    names: [{ catalog: true }, { log: true }],
    everything: true,
  })
  expect(readBatch('{"gap":true}').everything).toBe(true)
  expect(readBatch('{"gap":"yes"}').everything).toBe(false)
  expect(readBatch('{"catalog":true}').everything).toBe(false)
})

test('an interest is touched by its own name, by any of its kind, and by a gap', () => {
  expect(touches(batch({ release: 'rel_1' }), [{ release: 'rel_1' }])).toBe(true)
  expect(touches(batch({ release: 'rel_2' }), [{ release: 'rel_1' }])).toBe(false)
  expect(touches(batch({ release: 'rel_2' }), [{ release: '*' }])).toBe(true)
  expect(touches(batch({ application: 'app_1' }), [{ release: '*' }, { log: true }])).toBe(false)
  expect(touches(batch({ log: true }), [{ log: true }])).toBe(true)
  expect(touches({ names: [], everything: true }, [{ release: 'rel_1' }])).toBe(true)
})

test('waits longer each time, never longer than 30 s, never less than half', () => {
  expect([0, 1, 2, 9].map((attempt) => backoffMs(attempt, 1))).toEqual([1000, 2000, 4000, 30_000])
  expect(backoffMs(9, 0)).toBe(15_000)
})
