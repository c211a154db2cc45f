/** One condition on a line; `negated` turns it round. `_msg` is the field of a bare word. */
export type Filter = { field: string; test: (value: string) => boolean }

export type Pipe = { kind: 'limit'; count: number } | { kind: 'sort'; descending: boolean }

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
  while (at < tokens.length && peek() !== '|') parsed.filters.push(...filter())
  while (at < tokens.length) parsed.pipes.push(pipe())
  return parsed

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
        ? [{ field: only.field, test: (value) => !only.test(value) }]
        : fail('unexpected negation')
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
      const words: string[] = []
      while (at < tokens.length && peek() !== '|') words.push(next())
      if (!words.includes('_time')) fail('this stand-in sorts by _time only')
      return { kind: 'sort', descending: words.includes('desc') }
    }
    at -= 1
    return fail(`unexpected pipe ${JSON.stringify(name)}`)
  }
}

function unquote(token: string): string {
  if (token.startsWith('"')) return JSON.parse(token)
  return /^['`]/.test(token) ? token.slice(1, -1) : token
}

/** Whole words, wherever they stand. */
function containsPhrase(phrase: string): (value: string) => boolean {
  const escaped = phrase.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const regex = new RegExp(`(?<!\\w)${escaped}(?!\\w)`)
  return (value) => regex.test(value)
}
