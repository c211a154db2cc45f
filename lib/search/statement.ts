import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import { containing, inScope } from '#lib/catalog/data.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { kinds } from './search.ts'
import type { Terms } from './terms.ts'

export type Scope = Exclude<ReadScope, 'none'>
/** What is asked of one kind. `after` is the sort key of the last row that was shown. */
export type Ask = {
  terms: Terms
  scope: Scope
  after: string
  limit: number
  /** As it was typed, or with one typing error. */
  how: 'typed' | 'nearly'
}

/** How many that match a word or part are looked at; of more, these are shown and the answer says so. */
const candidatesMax = 500
/** So many of the newest releases and commits are looked at first: among thousands that match, new ones are meant. */
const newestMax = 1000

const releasePrefix = 'rel_'

const { sql, empty } = Prisma
const and = (conditions: Prisma.Sql[]): Prisma.Sql =>
  conditions.length > 0 ? Prisma.join(conditions, ' AND ') : sql`false`
/** Above every text that begins like this one, in byte order. */
const end = (text: string) => `${text}\u{10ffff}`
const holds = (column: Prisma.Sql, part: string) => sql`${column} LIKE ${containing(part)}`
/** Not for an index: a pattern or word too short for it would read all of it. */
const later = sql`(a.folded || '')`

/** The rows of a kind under the alias `a`, in one shape. */
const rows = {
  entry: (kind: string) =>
    sql`(SELECT id, application_id, project, label, folded, words, at FROM catalog.search_entry WHERE kind = ${kind}) a`,
  commit: sql`(SELECT sha AS id, application_id, project, subject AS label, folded, words, at FROM catalog.commit) a`,
  person: sql`(SELECT person_id AS id, '' AS application_id, '' AS project, name AS label, catalog.fold(name) AS folded,
    catalog.words(catalog.fold(name)) AS words, NULL::timestamptz AS at FROM access.person_detail) a`,
}

type Plan = {
  from: Prisma.Sql
  scope: Prisma.Sql
  dated: boolean
  start: Prisma.Sql | undefined
  words: Prisma.Sql | undefined
}

/** The first rows in an order that an index has, in each project apart, so that others' rows are not walked through. */
function first(from: Prisma.Sql, scope: Scope, where: Prisma.Sql, order: Prisma.Sql, limit: number) {
  if (scope === 'all') return sql`SELECT a.* FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ${limit}`
  return sql`SELECT a.* FROM unnest(${scope.projects}::text[]) mine (project)
    CROSS JOIN LATERAL (SELECT a.* FROM ${from} WHERE a.project = mine.project AND ${where} ORDER BY ${order} LIMIT ${limit}) a
    ORDER BY ${order} LIMIT ${limit}`
}

const wordsMatch = (terms: Terms) =>
  terms.words === undefined
    ? undefined
    : and([
        sql`a.words @@ ${terms.words}::tsquery`,
        ...(terms.allWords === terms.words
          ? []
          : [sql`(a.words || ''::tsvector) @@ ${terms.allWords}::tsquery`]),
        ...terms.together.map((part) => holds(later, part)),
      ])

const partsMatch = ({ parts }: Terms) =>
  and(parts.map((part) => holds([...part].length < 3 ? later : sql`a.folded`, part)))

/** One word with a typing error, beside the others as they are: each word in turn. */
const nearlyMatch = ({ near, words }: Terms): Prisma.Sql[] =>
  words === undefined
    ? []
    : near.map(({ variants, others }) => {
        const typo = sql`catalog.near(a.folded) && ${variants}::text[]`
        return others === '' ? typo : sql`${typo} AND a.words @@ ${others}::tsquery`
      })

/** An index is asked once for each project; from this many on it is cheaper to compare what it finds. */
const manyProjects = 32
const comparedScope = (scope: Scope) =>
  scope !== 'all' && scope.projects.length > manyProjects
    ? sql`(a.project || '') = ANY (${scope.projects})`
    : inScope(scope)

/** Names: those that begin so, in order. Commits and releases have no names: their ids begin so. */
function planOf(kind: (typeof kinds)[number], { terms, scope, after, limit }: Ask): Plan {
  const { whole, sha } = terms
  const person = kind === 'person'
  const dated = kind === 'commit' || kind === 'release'
  const from = person ? rows.person : kind === 'commit' ? rows.commit : rows.entry(kind)
  const walked = person ? 'all' : scope
  const scoped = comparedScope(walked)
  const words = person ? (terms.parts.length > 0 ? partsMatch(terms) : undefined) : wordsMatch(terms)
  if (kind === 'commit') {
    const start = sha
      ? first(from, scope, sql`a.id >= ${sha} AND a.id < ${end(sha)}`, sql`a.id`, candidatesMax)
      : undefined
    return { from, scope: scoped, dated, start, words }
  }
  const begins = sql`a.folded COLLATE "C" >= ${whole} AND a.folded COLLATE "C" < ${end(whole)}`
  if (kind === 'release') {
    const newestFirst = sql`a.folded COLLATE "C" DESC, a.id DESC`
    const isId = whole.startsWith(releasePrefix) || releasePrefix.startsWith(whole)
    const start = isId ? first(from, scope, begins, newestFirst, candidatesMax) : undefined
    return { from, scope: scoped, dated, start, words }
  }
  // Sort keys of this tier are the tier, four zeros and the folded name (`sortKey`).
  const shown = after.startsWith('1')
    ? sql` AND a.folded COLLATE "C" >= ${after.slice(5).split('\u0001')[0]}`
    : empty
  const start =
    after > '2'
      ? undefined
      : first(from, walked, sql`${begins}${shown}`, sql`a.folded COLLATE "C", a.id`, limit + 20)
  return { from, scope: scoped, dated, start, words }
}

/** Which of `matches` it is, as a number. */
function tier(kind: (typeof kinds)[number], terms: Terms): Prisma.Sql {
  const { sha, whole } = terms
  const begins =
    kind === 'commit'
      ? sha
        ? sql`WHEN c.id = ${sha} THEN 0 WHEN c.id >= ${sha} AND c.id < ${end(sha)} THEN 1`
        : empty
      : sql`WHEN c.folded = ${whole} OR c.id = ${whole} THEN 0 WHEN starts_with(c.folded, ${whole}) THEN 1`
  const words =
    terms.words === undefined
      ? sql`false`
      : and([
          sql`c.words @@ ${terms.allWords}::tsquery`,
          ...terms.together.map((part) => holds(sql`c.folded`, part)),
        ])
  return sql`CASE ${begins} WHEN ${words} THEN 2 WHEN ${and(terms.parts.map((part) => holds(sql`c.folded`, part)))} THEN 3 ELSE 4 END`
}

/** Best first; then names by length and alphabet, releases and commits the newest first. */
const sortKey = (dated: boolean) =>
  dated
    ? sql`t.tier || lpad((9999999999 - extract(epoch FROM c.at)::bigint)::text, 10, '0') || E'\\x01' || c.id`
    : sql`(CASE WHEN t.tier < 2 THEN '10000' ELSE t.tier || lpad(length(c.folded)::text, 4, '0') END) || c.folded || E'\\x01' || c.id`

type Source = { name: string; rows: Prisma.Sql }

/** The ways of looking, best first. One that cannot find anything is left out: planning it would cost as much. */
function sourcesOf(kind: (typeof kinds)[number], ask: Ask, plan: Plan): Source[] {
  const { terms, after, limit } = ask
  const sources: Source[] = []
  // Each is tried only while the ones before have not filled the page. Later pages are of one kind and look everywhere.
  const enough = () =>
    after !== '' || sources.length === 0
      ? sql`true`
      : sql`(SELECT ${Prisma.raw(sources.map(({ name }) => `(SELECT count(*) FROM ${name})`).join(' + '))}) <= ${limit}`
  const add = (name: string, rows: Prisma.Sql) => sources.push({ name, rows })
  const candidates = (where: Prisma.Sql, gate: Prisma.Sql) =>
    sql`(SELECT a.* FROM ${plan.from} WHERE ${gate} AND ${plan.scope} AND ${where} LIMIT ${candidatesMax})`
  if (ask.how === 'nearly') {
    const nearly = nearlyMatch(terms).map(
      (where) => sql`(SELECT a.* FROM ${plan.from} WHERE ${plan.scope} AND ${where} LIMIT ${candidatesMax})`,
    )
    if (nearly.length > 0) add('near', Prisma.join(nearly, ' UNION ALL '))
    return sources
  }
  if (plan.start) add('start', plan.start)
  if (plan.dated && plan.words) {
    const newest = first(plan.from, ask.scope, sql`true`, sql`a.at DESC`, perProject(ask.scope))
    const recent = sql`(SELECT a.* FROM (${newest}) a WHERE ${enough()} AND ${plan.words})`
    add('word', sql`${recent} UNION ALL ${candidates(plan.words, enough())}`)
  } else if (plan.words) add('word', candidates(plan.words, enough()))
  if (terms.parts.length > 0 && kind !== 'person') add('part', candidates(partsMatch(terms), enough()))
  return sources
}

/**
 * The common table expressions that end in `found (id, application_id, project, label, at, tier, sort, cut)`; undefined
 * when the text can match nothing of this kind. None reads more than a fixed number of rows.
 */
export function findings(kind: (typeof kinds)[number], ask: Ask): Prisma.Sql | undefined {
  const { terms, after, limit } = ask
  const plan = planOf(kind, ask)
  const sources = sourcesOf(kind, ask, plan)
  if (sources.length === 0) return undefined
  const all = Prisma.join(
    sources.map(({ name, rows }) => sql`${Prisma.raw(name)} AS MATERIALIZED (${rows})`),
    ', ',
  )
  const union = Prisma.raw(sources.map(({ name }) => `SELECT * FROM ${name}`).join(' UNION ALL '))
  const counts = sources
    .filter(({ name }) => name !== 'start')
    .map(({ name }) => `(SELECT count(*) FROM ${name})`)
  return sql`${all},
    graded AS (SELECT c.*, t.tier, (${sortKey(plan.dated)}) COLLATE "C" AS sort
      FROM (${union}) c CROSS JOIN LATERAL (SELECT ${tier(kind, terms)} AS tier) t),
    found AS (SELECT x.*, ${Prisma.raw(counts.length > 0 ? `greatest(${counts.join(', ')})` : '0')} >= ${candidatesMax} AS cut
      FROM (SELECT DISTINCT ON (id) * FROM graded WHERE ${after === '' ? sql`true` : sql`sort > ${after}`} ORDER BY id, sort) x
      ORDER BY x.sort LIMIT ${2 * limit + (kind === 'person' ? 200 : 20)})`
}

const perProject = (scope: Scope) =>
  scope === 'all' ? newestMax : Math.max(10, Math.ceil(newestMax / Math.max(1, scope.projects.length)))
