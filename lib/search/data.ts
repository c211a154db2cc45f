import 'server-only'
import { can, readScope, type Viewer } from '#lib/access/policy.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import { paths } from '#lib/platform/paths.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { type ReleaseState, stateWords } from '#lib/releases/release.ts'
import { marksOf } from './marks.ts'
import { type Kind, kinds, matches, type SearchAnswer, type SearchGroup } from './search.ts'
import { statementOf } from './shown.ts'
import type { Ask } from './statement.ts'
import { type Terms, termsOf } from './terms.ts'

/** The longest that Postgres may take for one kind before the search is given up. */
const statementMs = 250
/** How sort keys of what was found despite a typing error begin. */
const similarTier = String(matches.indexOf('similar'))

type Row = { id: string; label: string; tier: number; sort: string; cut: boolean } & Record<
  'one' | 'two' | 'three' | 'four',
  string | null
>

const between = (...parts: (string | null)[]) => parts.filter(Boolean).join(' · ')

type Text = { label: string; detail: string; href: string }
const texts = {
  service: ({ id, one }) => ({ label: id, detail: one ?? '', href: paths.service(id) }),
  application: ({ id, label, one, two }) => ({
    label,
    detail: between(one, two),
    href: paths.application(id),
  }),
  release: ({ id, one, two, three, four }) => ({
    label: one ?? id,
    detail: between(stateWords[two as ReleaseState], three, four, id),
    href: paths.release(id),
  }),
  commit: ({ id, label, one, two, three }) => ({
    label,
    detail: between(id.slice(0, 12), one, two),
    href: paths.application(three ?? ''),
  }),
  image: ({ id, one }) => ({ label: id, detail: one ?? '', href: paths.services({ q: id }) }),
  person: ({ id, label, one }, viewer) => ({
    label,
    detail: '',
    href: can(viewer, 'read:log') ? paths.history({ person: id }) : paths.release(one ?? ''),
  }),
} satisfies Record<Kind, (row: Row, viewer: Viewer) => Text>

async function searchKind(tx: Tx, kind: Kind, viewer: Viewer, ask: Ask): Promise<SearchGroup> {
  const statement = statementOf(kind, ask)
  const rows = statement ? await tx.$queryRaw<Row[]>(statement) : []
  const page = rows.slice(0, ask.limit)
  return {
    kind,
    results: page.map((row) => {
      const text: Text = texts[kind](row, viewer)
      return {
        kind,
        id: row.id,
        ...text,
        labelMarks: marksOf(text.label, ask.terms),
        detailMarks: marksOf(text.detail, ask.terms),
        match: matches[row.tier] ?? 'similar',
      }
    }),
    next: rows.length > ask.limit ? page.at(-1)?.sort : undefined,
    cut: rows.some((row) => row.cut),
  }
}

/** `limit` results of each kind; one `kind` alone may go on `after` the `next` of the page before. */
export type SearchRequest = {
  text: string
  limit: number
  kind?: Kind | undefined
  after?: string | undefined
}
export type SearchRefusal = { code: 'search-too-slow' }

/** Postgres gave up because of our own limit. */
const isTimeout = (error: unknown) => error instanceof Error && /57014|statement timeout/.test(error.message)

/** Readies a transaction for searching and folds the text as the indexes have it. */
async function prepare(tx: Tx, text: string): Promise<Terms> {
  // Compiling a plan or starting workers costs more than a search, and no table is better read from end to end, whatever the statistics say.
  const [row] = await tx.$queryRaw<{ folded: string }[]>`
    SELECT catalog.fold(${text}) AS folded, set_config('statement_timeout', ${String(statementMs)}, true),
      set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true),
      set_config('enable_seqscan', 'off', true)`
  return termsOf(row?.folded ?? '')
}

/** What a text could mean, within what the viewer may read: groups in the order of `kinds`, the best first in each. */
export async function search(
  db: Db,
  viewer: Viewer,
  request: SearchRequest,
): Promise<Result<SearchAnswer, SearchRefusal>> {
  const scope = readScope(viewer)
  // Postgres stores no NUL, so none can be found.
  const text = request.text.replaceAll('\0', ' ').trim()
  if (scope === 'none' || text === '') return ok({ groups: [] })
  const after = (request.kind && request.after?.replaceAll('\0', '')) ?? ''
  try {
    const groups = await db.$transaction(async (tx) => {
      const terms = await prepare(tx, text)
      const wanted = kinds.filter((kind) => request.kind === undefined || request.kind === kind)
      if (terms.whole === '') return []
      // One after the other: a search must not take the connections of those who only open a page.
      const lookFor = async (how: Ask['how']) => {
        const found: SearchGroup[] = []
        for (const kind of wanted)
          found.push(await searchKind(tx, kind, viewer, { terms, scope, after, limit: request.limit, how }))
        return found.filter((group) => group.results.length > 0)
      }
      // Only what nobody spelled so can be a typing error. A page that goes on knows by its key which it was.
      const typed = after.startsWith(similarTier) ? [] : await lookFor('typed')
      return typed.length > 0 || (after !== '' && !after.startsWith(similarTier)) ? typed : lookFor('nearly')
    })
    return ok({ groups })
  } catch (error) {
    if (isTimeout(error)) return refuse({ code: 'search-too-slow' })
    throw error
  }
}
