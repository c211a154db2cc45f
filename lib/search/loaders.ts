import 'server-only'
import { requireViewer } from '#lib/access/viewer.ts'
import { getDb } from '#lib/platform/context.ts'
import { search } from './data.ts'
import { isKind, type Kind, queryLengthMax, type SearchGroup } from './search.ts'

/** Results of one kind on a page, and of each kind on the page of all. */
const limits = { page: 50, overview: 5 }

type Query = { q: string; kind: Kind | undefined; after: string | undefined }
export type SearchView = Query &
  (
    | { state: 'empty' | 'too-long' | 'too-slow' }
    /** `groups` holds kinds with results only. */
    | { state: 'found'; groups: SearchGroup[] }
  )

type Search = Record<string, string | string[] | undefined>

/** What `/search?q=&kind=&after=` shows; the address is not trusted. */
export async function loadSearch(address: Search): Promise<SearchView> {
  const viewer = await requireViewer()
  const one = (name: string) => [address[name]].flat()[0]
  const text = one('q')?.trim() ?? ''
  const named = one('kind')
  const kind = isKind(named) ? named : undefined
  const after = (kind && one('after')?.slice(0, 2000)) || undefined
  const query = { q: text.slice(0, queryLengthMax), kind, after }
  if (text === '') return { ...query, state: 'empty' }
  if (text.length > queryLengthMax) return { ...query, state: 'too-long' }
  const limit = kind ? limits.page : limits.overview
  const answer = await search(getDb(), viewer, { text, limit, kind, after })
  return answer.ok
    ? { ...query, state: 'found', groups: answer.value.groups }
    : { ...query, state: 'too-slow' }
}
