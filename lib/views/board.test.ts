import { expect, test } from 'vitest'
import { isFolded, readBoard, toSearch, turned, viewQuery, withColumn } from './board.ts'

test('an address gives the layout, and the layout the address', () => {
  const board = readBoard({ columns: 'prod, dev,prod', open: ['prod', 'dev'], density: 'compact', q: 'x' })
  expect(board).toEqual({ columns: ['prod', 'dev'], open: ['prod'], density: 'compact' })
  expect(readBoard({ columns: ',', density: 'tiny', view: 'rel_1' })).toEqual({})
  expect(toSearch({}, readBoard({ view: 'vie_1' })).view).toBe('vie_1')
  expect(toSearch({ q: 'x' }, board)).toMatchObject({ q: 'x', columns: 'prod,dev', density: 'compact' })
})

test('a view keeps what is understood, in one order, from its first page on', () => {
  const query = viewQuery(
    'view=vie_1&team=shop&evil=%3Cb%3E&after=1.x&q=check%20out&density=compact&only=nothing',
  )
  expect(query).toBe('density=compact&q=check+out&team=shop')
  expect(viewQuery(query)).toBe(query)
  expect(viewQuery('')).toBe('')
})

test('few targets stand apart until they are folded, many are folded until they are opened', () => {
  expect([isFolded({}, 'prod', 1), isFolded({}, 'prod', 3), isFolded({}, 'prod', 4)]).toEqual([
    false,
    false,
    true,
  ])
  const folded = turned({ density: 'compact' }, 'prod', 2)
  expect(folded).toEqual({ density: 'compact', fold: ['prod'] })
  expect(turned(folded, 'prod', 2)).toEqual({ density: 'compact' })
  const opened = turned({}, 'prod', 9)
  expect(opened).toEqual({ open: ['prod'] })
  expect([isFolded(opened, 'prod', 9), turned(opened, 'prod', 9)]).toEqual([false, { fold: ['prod'] }])
})

test('environments are taken out and put back in their order; the last one stays', () => {
  const all = ['dev', 'staging', 'prod']
  const without = withColumn({}, 'staging', all)
  expect(without).toEqual({ columns: ['dev', 'prod'] })
  expect(withColumn(without, 'staging', all)).toEqual({})
  expect(withColumn({ columns: ['prod'] }, 'prod', all)).toEqual({ columns: ['prod'] })
})
