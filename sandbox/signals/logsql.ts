type Fields = Readonly<Record<string, string>>

/** One condition on a line. `_msg` is the field of a bare word, '' that of conditions in brackets. */
export type Filter = { field: string; test: (value: string, fields: Fields) => boolean }

/** What `stats` works out for each group. */
export type Figure = { as: string; of: 'count' | 'min' | 'max'; field: string }
export type Pipe =
  | { kind: 'limit'; count: number }
  | { kind: 'sort'; by: string; descending: boolean }
  | { kind: 'copy'; from: string; to: string }
  | { kind: 'collapse'; field: string }
  | { kind: 'stats'; by: string[]; figures: Figure[] }

export type LogQuery = { filters: Filter[]; pipes: Pipe[]; ignoresTimeRange: boolean }

/** The query cannot be read; the message is worded as VictoriaLogs words it, with its line end. */
export class LogSyntaxError extends Error {}

const tokenPattern =
  /\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[:]?(?:=~|!~|!=|=|~)|[\w./@*-]+|[{}(),|:!<>])/y

/** Reads the part of LogsQL that shipped queries and links use; throws LogSyntaxError for anything else. */
export function parseLogsql(query: string): LogQuery {
  const tokens: { text: string; end: number }[] = []
  tokenPattern.lastIndex = 0
  for (let found = tokenPattern.exec(query); found; found = tokenPattern.exec(query)) {
    tokens.push({ text: found[1] ?? '', end: tokenPattern.lastIndex })
  }
  const end = tokens.at(-1)?.end ?? 0
  let at = 0
  const peek = () => tokens[at]?.text ?? ''
  const next = () => tokens[at++]?.text ?? ''
  const fail = (problem: string): never => {
    const context = query.slice(0, tokens[at]?.end ?? query.length)
    throw new LogSyntaxError(`cannot parse query [${query}]: ${problem}; context: [${context}]\n`)
  }
  if (query.trim() === '') fail('missing query')
  if (query.slice(end).trim()) fail(`unexpected symbol ${JSON.stringify(query.slice(end).trim().charAt(0))}`)

  const parsed: LogQuery = { filters: [], pipes: [], ignoresTimeRange: false }
  if (peek() === 'options' && tokens[at + 1]?.text === '(') {
    const options = new Set<string>()
    while (at < tokens.length && peek() !== ')') options.add(next())
    at += 1
    parsed.ignoresTimeRange = options.has('ignore_global_time_filter') && options.has('true')
  }
  parsed.filters.push(...either())
  if (at < tokens.length && peek() !== '|') fail(`unexpected token ${JSON.stringify(peek())}`)
  while (at < tokens.length) parsed.pipes.push(pipe())
  return parsed

  /** Conditions up to a pipe or a closing bracket; `or` binds less than what stands side by side. */
  function either(): Filter[] {
    const sides: Filter[][] = [[]]
    while (at < tokens.length && peek() !== '|' && peek() !== ')') {
      if (/^or$/i.test(peek())) {
        at += 1
        sides.push([])
      } else sides.at(-1)?.push(...filter())
    }
    const [only] = sides
    if (sides.length === 1) return only ?? []
    return [{ field: '', test: (_, fields) => sides.some((side) => holds(side, fields)) }]
  }

  function closed<T>(value: T): T {
    if (next() !== ')') fail('missing ")"')
    return value
  }

  function filter(): Filter[] {
    if (/^and$/i.test(peek())) {
      at += 1
      return []
    }
    if (peek() === '!' || /^not$/i.test(peek())) {
      at += 1
      const inner = filter()
      const [only] = inner
      return inner.length === 1 && only
        ? [{ field: only.field, test: (value, fields) => !only.test(value, fields) }]
        : fail('unexpected negation')
    }
    if (peek() === '(') {
      at += 1
      const inner = closed(either())
      return [{ field: '', test: (_, fields) => holds(inner, fields) }]
    }
    if (peek() === 'i' && tokens[at + 1]?.text === '(') {
      at += 2
      const phrase = unquote(next())
      const prefix = peek() === '*'
      if (prefix) at += 1
      return [{ field: '_msg', test: closed(containsPhrase(phrase, { prefix, anyCase: true })) }]
    }
    if (peek() === '{') return streamFilter()
    if (/^[:{}(),|<>]/.test(peek())) fail(`unexpected token ${JSON.stringify(peek())}`)
    const quoted = /^["'`]/.test(peek())
    const word = unquote(next())
    if (!peek().startsWith(':'))
      return word === '*' && !quoted ? [] : [{ field: '_msg', test: containsPhrase(word) }]
    const op = next()
    if (peek() === 'in' && tokens[at + 1]?.text === '(') return [{ field: word, test: oneOf() }]
    const value = unquote(next())
    if (op === ':=' || (op === ':' && value.startsWith('=')))
      return [{ field: word, test: (found) => found === value }]
    if (op === ':~') return [{ field: word, test: matches(value, false) }]
    if (value === '*') return [{ field: word, test: (found) => found !== '' }]
    return [{ field: word, test: value === '' ? (found) => found === '' : containsPhrase(value) }]
  }

  function oneOf(): (value: string) => boolean {
    at += 2
    const values = new Set<string>()
    while (peek() !== ')') {
      if (at >= tokens.length) fail('missing ")"')
      const value = next()
      if (value !== ',') values.add(unquote(value))
    }
    at += 1
    return (found) => values.has(found)
  }

  function streamFilter(): Filter[] {
    at += 1
    const filters: Filter[] = []
    while (peek() !== '}') {
      const field = unquote(next())
      const op = next()
      const value = unquote(next())
      if (op === '=') filters.push({ field, test: (found) => found === value })
      else if (op === '!=') filters.push({ field, test: (found) => found !== value })
      else if (op === '=~') filters.push({ field, test: matches(value, true) })
      else if (op === '!~') filters.push({ field, test: (found) => !matches(value, true)(found) })
      else fail(`unsupported operation in _stream filter: ${JSON.stringify(op)}`)
      if (peek() === ',' || /^and$/i.test(peek())) at += 1
      else if (peek() !== '}') {
        fail(`unexpected token ${JSON.stringify(peek())} in _stream filter; want 'or', 'and', '}' or ','`)
      }
    }
    at += 1
    return filters
  }

  function matches(pattern: string, anchored: boolean): (value: string) => boolean {
    try {
      const regex = new RegExp(anchored ? `^(?:${pattern})$` : pattern)
      return (found) => regex.test(found)
    } catch {
      return fail(`cannot parse regexp ${JSON.stringify(pattern)}`)
    }
  }

  function pipe(): Pipe {
    at += 1
    const name = next()
    if (name === 'limit' || name === 'head') {
      const count = Number(next())
      return Number.isInteger(count) ? { kind: 'limit', count } : fail('cannot parse limit')
    }
    if (name === 'sort') {
      const words = rest()
      const by = words.find((word) => !/^(by|desc|asc|[(),])$/.test(word))
      return { kind: 'sort', by: by ?? '_time', descending: words.includes('desc') }
    }
    if (name === 'copy') {
      const [from = '', as, to = ''] = rest()
      return as === 'as' ? { kind: 'copy', from, to } : fail('missing "as"')
    }
    if (name === 'collapse_nums') {
      const words = rest()
      return { kind: 'collapse', field: words[0] === 'at' ? (words[1] ?? '') : '_msg' }
    }
    if (name === 'stats') return stats()
    at -= 1
    return fail(`unexpected pipe ${JSON.stringify(name)}`)
  }

  function rest(): string[] {
    const words: string[] = []
    while (at < tokens.length && peek() !== '|') words.push(unquote(next()))
    return words
  }

  /** `by (f, g) count() n, min(f) name`; by time and other functions are not known here. */
  function stats(): Pipe {
    const words = rest()
    let place = 0
    const by: string[] = []
    if (words[0] === 'by') {
      for (place = 2; words[place] !== ')' && place < words.length; place += 1)
        if (words[place] !== ',') by.push(words[place] ?? '')
      place += 1
    }
    const figures: Figure[] = []
    for (; place < words.length; place += 1) {
      if (words[place] === ',') continue
      const of = words[place] ?? ''
      const close = words.indexOf(')', place)
      if (!/^(count|min|max)$/.test(of) || close < 0) return fail(`unknown stats func ${JSON.stringify(of)}`)
      const field = words.slice(place + 2, close).join('')
      place = words[close + 1] === 'as' ? close + 2 : close + 1
      const named = words[place] !== undefined && words[place] !== ','
      figures.push({
        as: named ? (words[place] ?? '') : `${of}(${field || '*'})`,
        of: of as Figure['of'],
        field,
      })
    }
    return { kind: 'stats', by, figures }
  }
}

/** Whether a line meets all of these. */
export const holds = (filters: readonly Filter[], fields: Fields): boolean =>
  filters.every(({ field, test }) => test(fields[field] ?? '', fields))

function unquote(token: string): string {
  if (token.startsWith('"')) return JSON.parse(token)
  return /^['`]/.test(token) ? token.slice(1, -1) : token
}

/** Whole words, wherever they stand; as a prefix the last may go on. */
function containsPhrase(
  phrase: string,
  { prefix = false, anyCase = false } = {},
): (value: string) => boolean {
  const escaped = phrase.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  // A boundary is asked for only where a word begins or ends.
  const before = /^\w/.test(phrase) ? '(?<!\\w)' : ''
  const after = /\w$/.test(phrase) && !prefix ? '(?!\\w)' : ''
  const regex = new RegExp(`${before}${escaped}${after}`, anyCase ? 'i' : '')
  return (value) => regex.test(value)
}
