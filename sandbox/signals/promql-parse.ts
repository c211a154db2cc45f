export type Matcher = { label: string; op: '=' | '!=' | '=~' | '!~'; value: string }

export type Expr =
  | { kind: 'number'; value: number }
  | { kind: 'selector'; matchers: Matcher[]; windowMs?: number }
  | { kind: 'call'; name: string; args: Expr[] }
  | { kind: 'aggregate'; name: string; by: string[]; without: boolean; arg: Expr }
  | { kind: 'binary'; op: string; left: Expr; right: Expr }

/** The query cannot be read; the message is worded as VictoriaMetrics words it. */
export class SyntaxError422 extends Error {}

const aggregates = new Set(['sum', 'min', 'max', 'avg', 'count'])
const tokenPattern =
  /\s*(?:("(?:[^"\\]|\\.)*")|(\d+(?:\.\d+)?(?:[a-z]+\b)?)|([a-zA-Z_:][\w:.]*)|(=~|!~|!=|==|<=|>=|[-+*/(){}[\],=<>]))/y
const precedence: Record<string, number> = { or: 1, '+': 2, '-': 2, '*': 3, '/': 3 }

/** Reads the part of PromQL that shipped query templates use; throws SyntaxError422 for anything else. */
export function parsePromql(query: string): Expr {
  const tokens = tokenize(query)
  let at = 0
  const peek = () => tokens[at] ?? ''
  const rest = () => tokens.slice(at + 1).join('')
  const next = () => tokens[at++] ?? ''
  const fail = (rule: string, wanted: string): never => {
    throw new SyntaxError422(
      `${rule}: unexpected token ${JSON.stringify(peek())}; want ${wanted}; unparsed data: ${JSON.stringify(rest())}`,
    )
  }
  const expect = (token: string, rule: string) => {
    if (peek() !== token) fail(rule, JSON.stringify(token))
    at += 1
  }

  function expression(lowest = 1): Expr {
    let left = primary()
    for (;;) {
      const op = peek().toLowerCase()
      const level = precedence[op]
      if (level === undefined || level < lowest) return left
      at += 1
      left = { kind: 'binary', op, left, right: expression(level + 1) }
    }
  }

  function primary(): Expr {
    const token = peek()
    if (token === '(') {
      at += 1
      const inner = expression()
      expect(')', 'parensExpr')
      return inner
    }
    if (token === '-') {
      at += 1
      return { kind: 'binary', op: '-', left: { kind: 'number', value: 0 }, right: primary() }
    }
    if (/^\d/.test(token)) return { kind: 'number', value: Number.parseFloat(next()) }
    if (token === '{') return selector('')
    if (!/^[a-zA-Z_:]/.test(token)) fail('singleExpr', '"(", "{", "-", "+"')
    at += 1
    const name = token.toLowerCase()
    if (aggregates.has(name) && ['(', 'by', 'without'].includes(peek().toLowerCase())) return aggregate(name)
    if (peek() === '(') return { kind: 'call', name, args: args() }
    return selector(token)
  }

  function aggregate(name: string): Expr {
    let group = grouping()
    const [arg] = args()
    if (!arg) throw new SyntaxError422(`missing args for aggregate function ${name}()`)
    group ??= grouping()
    return { kind: 'aggregate', name, by: group?.labels ?? [], without: group?.without ?? false, arg }
  }

  function grouping(): { labels: string[]; without: boolean } | undefined {
    const word = peek().toLowerCase()
    if (word !== 'by' && word !== 'without') return undefined
    at += 1
    expect('(', 'modifier')
    const labels: string[] = []
    while (peek() !== ')') {
      labels.push(next())
      if (peek() === ',') at += 1
      else if (peek() !== ')') fail('identList', '",", ")"')
    }
    at += 1
    return { labels, without: word === 'without' }
  }

  function args(): Expr[] {
    expect('(', 'argList')
    const list: Expr[] = []
    while (peek() !== ')') {
      list.push(expression())
      if (peek() === ',') at += 1
      else if (peek() !== ')') fail('argList', '",", ")"')
    }
    at += 1
    return list
  }

  function selector(name: string): Expr {
    const matchers: Matcher[] = name ? [{ label: '__name__', op: '=', value: name }] : []
    if (peek() === '{') {
      at += 1
      while (peek() !== '}') {
        const label = next()
        const op = next()
        if (op !== '=' && op !== '!=' && op !== '=~' && op !== '!~')
          fail('labelFilterExpr', '"=", "!=", "=~", "!~"')
        if (!peek().startsWith('"')) fail('labelFilterExpr', 'string')
        matchers.push({ label, op: op as Matcher['op'], value: JSON.parse(next()) })
        if (peek() === ',') at += 1
        else if (peek() !== '}') fail('labelFilters', '",", "}"')
      }
      at += 1
    }
    if (peek() !== '[') return { kind: 'selector', matchers }
    at += 1
    const windowMs = durationMs(next())
    if (windowMs === undefined) fail('window', 'duration')
    expect(']', 'window')
    return { kind: 'selector', matchers, windowMs: windowMs ?? 0 }
  }

  if (tokens.length === 0) throw new SyntaxError422('missing `query` arg')
  const whole = expression()
  if (at < tokens.length)
    throw new SyntaxError422(`unparsed data left: ${JSON.stringify(tokens.slice(at).join(''))}`)
  return whole
}

function tokenize(query: string): string[] {
  const tokens: string[] = []
  tokenPattern.lastIndex = 0
  let end = 0
  for (let found = tokenPattern.exec(query); found; found = tokenPattern.exec(query)) {
    tokens.push(found[1] ?? found[2] ?? found[3] ?? found[4] ?? '')
    end = tokenPattern.lastIndex
  }
  const left = query.slice(end).trim()
  if (left) throw new SyntaxError422(`cannot recognize ${JSON.stringify(left)}`)
  return tokens
}

const unitMs: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `5m`, `60`, `1.5h`; undefined for anything else. A bare number is seconds. */
export function durationMs(text: string): number | undefined {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)?$/.exec(text) ?? []
  return amount === undefined ? undefined : Number(amount) * (unitMs[unit] ?? 1000)
}
