import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSplitter, lineOf, parseHits, parseJsonLines, sortLines } from './line.ts'
import {
  fieldIs,
  guardQuery,
  type LogFields,
  linesQuery,
  patternsQuery,
  readLevel,
  scopeFilter,
  splitWords,
} from './logsql.ts'
import { comparePatterns, type Side, sideOf } from './pattern.ts'

const fields: LogFields = { namespace: 'ns', app: 'app', version: 'version', level: 'level' }
const folder = new URL('../../sandbox/recordings/victorialogs/', import.meta.url)
const recorded = (name: string) => {
  const { request, response } = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
  const body = response.body
  return {
    query: new URL(request.path, 'http://x').searchParams.get('query') ?? '',
    // A body of one line was kept as an object.
    text: typeof body === 'string' ? body : JSON.stringify(body),
    body,
  }
}

/** Reads `"name":="value"` back as LogsQL does, or throws: the whole text must be one condition. */
function readCondition(text: string): { field: string; value: string } {
  const [, field, value] = /^("(?:[^"\\]|\\.)*"):=("(?:[^"\\]|\\.)*")$/s.exec(text) ?? []
  return { field: JSON.parse(field ?? ''), value: JSON.parse(value ?? '') }
}
const hostile = [
  '"',
  '\\',
  '"}',
  '\\"',
  '\n',
  '` | ',
  ') or (',
  'options(',
  '\u2028',
  '\u0000',
  '🚢',
  '\ud800',
]

describe('what we build', () => {
  it('100,000 random values come back as they were', () => {
    let state = Math.floor(Math.random() * 2 ** 32) || 1
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const part = () =>
      random(3) === 0
        ? (hostile[random(hostile.length)] ?? '')
        : String.fromCharCode(random(random(2) ? 128 : 65_536))
    const text = () => Array.from({ length: random(8) }, part).join('')
    for (let run = 0; run < 100_000; run += 1) {
      const [field, value] = [text(), text()]
      const read = readCondition(fieldIs(field, value))
      const scope = JSON.parse(scopeFilter({ [`x${field}`]: value }))
      const same = read.field === field.toWellFormed() && read.value === value.toWellFormed()
      if (!same || scope[`x${read.field}`] !== read.value) expect([field, value]).toEqual('read back')
    }
  })

  it("a person's words never become syntax", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(...hostile))), (parts) => {
        const words = parts.join(' ')
        const query = linesQuery(fields, { words })
        const found = [...query.matchAll(/i\(("(?:[^"\\]|\\.)*")\*\)/gs)]
        expect(found.map(([, text]) => JSON.parse(text ?? ''))).toEqual(
          splitWords(words).map((word) => word.toWellFormed()),
        )
        expect(found.map(([whole]) => whole).join(' ') || '*').toBe(query)
      }),
      { numRuns: 1_000 },
    )
  })

  it('words, levels and version', () => {
    expect(splitWords(' timeout  "calling ledger" ')).toEqual(['timeout', 'calling ledger'])
    const query = linesQuery(fields, { words: 'timeout', levels: ['warning'], version: '1.2.0' })
    expect(query).toBe(
      'i("timeout"*) "level":in("warning","WARNING","Warning","warn","WARN","Warn","w","W") "version":="1.2.0"',
    )
    expect(linesQuery(fields, {})).toBe('*')
    expect(['WARN', 'E', 'Information', 'odd', undefined].map(readLevel)).toEqual([
      ...['warning', 'error', 'info'],
      ...[null, null],
    ])
    expect(patternsQuery(fields)).toContain('| collapse_nums at _msg prettify | stats by (_msg) count() n')
  })
})

describe("a person's query", () => {
  it('the recorded escape is refused', () => {
    const { query } = recorded('options-escape-attempt')
    expect(query).toContain('options(ignore_global_time_filter=true)')
    expect(guardQuery(query).ok).toBe(false)
    expect(guardQuery('options(ignore_global_time_filter=true) *').ok).toBe(false)
  })

  it.each([
    'a OptIons (x=y)',
    'a) or (b',
    'a | stats count()',
    'in(x | fields y)',
    '{a="b"} # rest',
    '"open',
    '(a',
    '[1, 2',
    '  ',
    '`open',
    "it's",
  ])('refused: %s', (query) => expect(guardQuery(query).ok).toBe(false))

  it.each([
    'error',
    '"options(" timeout',
    'level:in(error,fatal) !"health check"',
    '{pod="a|b"} duration:range[1, 5)',
    'msg:~"a(b|c)#"',
    '`raw | text`',
    '""',
  ])('taken: %s', (query) => expect(guardQuery(query)).toEqual({ ok: true, value: query }))
})

describe('what VictoriaLogs answers', () => {
  it('lines, newest first; text stays what it was', () => {
    const { rows, bad } = parseJsonLines(recorded('query-newest-20').text)
    expect([rows.length, bad]).toEqual([20, 0])
    const lines = sortLines(rows.flatMap((row) => lineOf(row, fields) ?? []))
    expect(lines.map(({ at }) => at)).toEqual(
      lines
        .map(({ at }) => at)
        .sort()
        .reverse(),
    )
    expect(new Set(lines.map(({ key }) => key)).size).toBe(20)
    expect(lines[0]).toMatchObject({ level: 'error', pod: expect.stringMatching(/^checkout-7d9-/) })
    const [odd] = parseJsonLines(recorded('query-hostile-line').text).rows
    expect(odd && lineOf(odd, fields)?.text).toContain('<script>alert(1)</script> \u001b[31mred')
  })

  it('nothing is nothing; an error in the middle is counted and kept', () => {
    expect(parseJsonLines(recorded('query-nothing-found').text)).toEqual({ rows: [], bad: 0, said: null })
    const broken = parseJsonLines('{"_time":"2026-11-20T10:00:00Z","_msg":"a"}\ncannot read block\n{"n":1}\n')
    expect(broken).toMatchObject({ bad: 2, said: 'cannot read block' })
    expect(broken.rows).toHaveLength(1)
    expect(lineOf({ _msg: 'no time' }, fields)).toBeNull()
    expect(parseJsonLines('{"a":"1"}\n{"a":"2"}\n', 1).rows).toHaveLength(1)
  })

  it('lines that arrive in any parts', () => {
    const text = '{"a":"ü"}\n{"a":"2"}\n'
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (sizes) => {
        const bytes = new TextEncoder().encode(text)
        const splitter = createSplitter()
        const found: string[] = []
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1
          found.push(...splitter.push(bytes.slice(at, at + size)))
          at += size
        }
        expect(found).toEqual(['{"a":"ü"}', '{"a":"2"}'])
      }),
    )
    const small = createSplitter(5)
    const bytes = (part: string) => new TextEncoder().encode(part)
    expect([small.push(bytes('123456')), small.push(bytes('78\nok\n')), small.dropped()]).toEqual([
      [],
      ['ok'],
      1,
    ])
  })

  it('volume by level on the grid of the window', () => {
    const from = Date.parse('2026-11-20T08:00:00Z')
    const given = { field: 'level', fromMs: from, toMs: from + 3 * 3_600_000, stepMs: 300_000 }
    const volume = parseHits(recorded('hits-by-level').body, given)
    expect(volume?.levels.error).toHaveLength(36)
    expect(volume?.levels.error?.slice(0, 3)).toEqual([2, 2, 0])
    expect(volume?.total).toBe(2161)
    expect(parseHits(recorded('hits-nothing').body, given)).toMatchObject({ total: 0, levels: {} })
    expect(parseHits({ error: 'x' }, given)).toBeNull()
  })
})

describe('patterns', () => {
  const hourMs = 3_600_000
  it('of the recorded release: one is new, one grew not enough', () => {
    const before = sideOf(parseJsonLines(recorded('patterns-before').text), 2 * hourMs)
    const after = sideOf(parseJsonLines(recorded('patterns-after').text), hourMs)
    const { changes, same, cut } = comparePatterns(before, after)
    expect(changes.map(({ kind, text, count }) => [kind, text.slice(0, 24), count])).toEqual([
      ['new', 'payment provider refused', 41],
      ['new', '<script>alert(<N>)</scri', 1],
    ])
    expect(changes[0]?.first).toBe('2026-11-20T10:00:57.646Z')
    expect([same, cut]).toEqual([1, false])
  })

  const side = (counts: Record<string, number>, lengthMs = hourMs): Side => ({
    lengthMs,
    cut: false,
    patterns: Object.entries(counts).map(([text, count]) => ({ text, count, first: null, example: text })),
  })
  it('growth is per time, and not of a handful', () => {
    const changes = (before: Side, after: Side) =>
      comparePatterns(before, after).changes.map(({ kind, text }) => `${kind} ${text}`)
    expect(changes(side({ a: 100 }, 24 * hourMs), side({ a: 60 }))).toEqual(['grown a'])
    expect(changes(side({ a: 100 }), side({ a: 150 }))).toEqual([])
    expect(changes(side({ a: 1 }), side({ a: 6 }))).toEqual([])
    expect(changes(side({}), side({ a: 1 }))).toEqual(['new a'])
  })
})
