import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import type { DiffLine, ResourceDiff } from '#lib/plans/plan.ts'
import { inReadingOrder, riskOf } from './order.ts'
import { type DiffLook, type Row, rowOfLine, rowPage } from './rows.ts'
import { wordsBetween } from './words.ts'

const resource = (hunks: DiffLine[][], more: Partial<ResourceDiff> = {}): ResourceDiff => ({
  ...{ group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web', change: 'changed' },
  ...{ noiseLines: 0, risks: [], hiddenValues: false, tooLarge: false },
  ...more,
  hunks: hunks.map((lines) => ({ lines })),
})
const same = (text: string, before: number, after = before): DiffLine => ({
  ...{ kind: 'same', text, before, after },
})
const gone = (text: string, before: number): DiffLine => ({ kind: 'removed', text, before })
const come = (text: string, after: number): DiffLine => ({ kind: 'added', text, after })

const changed = resource([
  [same('  a: 1', 4), gone('  image: web:1.4.2', 5), gone('  old: x', 6), come('  image: web:1.5.0', 5)],
  [same('  z: 1', 20, 19), come('  new: y', 20)],
])
const looks = (view: DiffLook['view'], onlyChanged = false): DiffLook => ({ view, onlyChanged })
const told = (row: Row) => {
  if (row.kind === 'gap') return `… ${row.lines}`
  if (row.kind === 'raw') return row.text
  if (row.kind === 'same') return `${row.before}|${row.after} ${row.text}`
  const side = (cell: typeof row.left) => (cell ? `${cell.n} ${cell.text}` : '')
  return `${side(row.left)} → ${side(row.right)}`
}
const rows = (look: DiffLook) => rowPage(changed, look, 0, 100).rows.map(told)

test('one column shows what goes before what comes, without the indentation all lines share', () => {
  expect(rows(looks('unified'))).toEqual([
    ...['… 3', '4|4 a: 1', '5 image: web:1.4.2 → ', '6 old: x → ', ' → 5 image: web:1.5.0'],
    ...['… 13', '20|19 z: 1', ' → 20 new: y'],
  ])
})

test('two columns stand side by side, and what has no counterpart faces nothing', () => {
  expect(rows(looks('split', true))).toEqual([
    '5 image: web:1.4.2 → 5 image: web:1.5.0',
    '6 old: x → ',
    ' → 20 new: y',
  ])
})

test('only changed leaves out all that is the same', () => {
  expect(rows(looks('unified', true))).toHaveLength(4)
})

test('raw is a patch, with the whole text of its lines', () => {
  const long = resource([[come('x'.repeat(9000), 1)]])
  expect(rows(looks('raw')).slice(0, 4)).toEqual([
    ...['--- live/Deployment/shop/web', '+++ plan/Deployment/shop/web', '@@ -4,3 +4,2 @@', '   a: 1'],
  ])
  expect(rowPage(long, looks('raw'), 0, 9).rows.map(told).at(-1)).toHaveLength(9001)
  expect(rowPage(long, looks('unified'), 0, 9).rows.map(told)[0]).toMatch(/x … 7000 more characters$/)
})

test('a page is a part of the same rows, and says how many there are', () => {
  const whole = rowPage(changed, looks('unified'), 0, 100)
  expect(rowPage(changed, looks('unified'), 2, 3)).toEqual({
    ...whole,
    from: 2,
    rows: whole.rows.slice(2, 5),
  })
  expect(rowPage(changed, looks('unified'), 99, 3)).toMatchObject({ count: 8, rows: [] })
})

test('a line of an address is found in every look, and nowhere when it is not drawn', () => {
  expect(rowOfLine(changed, looks('unified'), 'r5')).toBe(4)
  expect(rowOfLine(changed, looks('unified'), 'l5')).toBe(2)
  expect(rowOfLine(changed, looks('split'), 'r20')).toBe(6)
  expect(rowOfLine(changed, looks('unified', true), 'r4')).toBe(-1)
})

test('only the words that differ are marked', () => {
  const part = ({ before, after }: { before: string; after: string }) => {
    const found = wordsBetween(before, after)
    const cut = (text: string, spans: readonly (readonly [number, number])[] = []) =>
      spans.map(([from, to]) => text.slice(from, to))
    return found && [cut(before, found.before), cut(after, found.after)]
  }
  expect(part({ before: 'image: web:1.4.2', after: 'image: web:1.5.0' })).toEqual([
    ['4', '2'],
    ['5', '0'],
  ])
  expect(part({ before: 'memory: 256Mi', after: 'memory: 512Mi' })).toEqual([['256Mi'], ['512Mi']])
  expect(part({ before: 'name: ✓ alt', after: 'name: ✓ neu' })).toEqual([['alt'], ['neu']])
  expect(part({ before: 'replicas: 3', after: 'strategy: {}' })).toBeNull()
  expect(part({ before: 'a'.repeat(3000), after: 'b' })).toBeNull()
})

test('what is lost for good is read first, then by kind and name', () => {
  const of = (kind: string, name: string, riskKinds: string[] = []) =>
    resource([], { kind, name, riskKinds, risks: riskKinds })
  const given = [
    ...[of('Service', 'a'), of('ConfigMap', 'b'), of('Deployment', 'z'), of('Deployment', 'c', ['image'])],
    ...[of('PersistentVolumeClaim', 'd', ['removed', 'volume-claim-removed']), of('Role', 'e', ['rbac'])],
  ]
  expect(
    inReadingOrder(given)
      .map(({ name }) => name)
      .join(''),
  ).toBe('deczba')
  expect(riskOf({ risks: ['of an older kind'] })).toBe(1)
})

test('a page of a very long object is ready at once', () => {
  const lines = Array.from({ length: 100_000 }, (_, i) =>
    i % 2 ? come(`  key-${i}: new value ${i}`, i + 1) : gone(`  key-${i}: old value ${i}`, i + 1),
  )
  const long = resource([lines])
  const startMs = performance.now()
  expect(rowPage(long, looks('split'), 40_000, 200).rows).toHaveLength(200)
  expect(performance.now() - startMs).toBeLessThan(1500)
})
