import { serve } from '#lib/anchors/testing.ts'

/** What a collector does with the next request that hands it lines. */
export type Mood = 'take' | 'take-then-hang-up' | 'hang-up' | 'refuse' | 'busy' | 'lose-all' | 'lose-last'

export type Kept = {
  seq: number
  id: string
  leaf: string
  entry: string
  checkpoint?: number
  _time: string
}

/**
 * A collector of logs that speaks VictoriaLogs' insert and query as far as the stream of the log needs, and plain POST
 * besides. `moods` are used up one a request; after that it takes everything.
 */
export async function collector(moods: Mood[] = []) {
  const kept: Kept[] = []
  const keep = (body: string, but = 0) => {
    const lines = body.split('\n').filter((line) => line !== '')
    kept.push(...lines.slice(0, lines.length - but).map((line) => JSON.parse(line) as Kept))
  }
  const server = await serve(({ method, url, body }) => {
    if (url.pathname === '/select/logsql/query') {
      const [, from = 0, to = -1] =
        /seq:range\[(\d+), (\d+)\]/.exec(url.searchParams.get('query') ?? '') ?? []
      const found = kept.filter(({ seq }) => seq >= Number(from) && seq <= Number(to))
      return { status: 200, body: `{"held":"${new Set(found.map(({ seq }) => seq)).size}"}\n` }
    }
    if (method !== 'POST') return { status: 405, body: '' }
    const mood = moods.shift() ?? 'take'
    if (mood === 'refuse') return { status: 500, body: 'storage is read-only' }
    if (mood === 'busy') return { status: 429, body: '', headers: { 'retry-after': '7' } }
    if (mood === 'hang-up') return 'hang-up'
    if (mood !== 'lose-all') keep(body, mood === 'lose-last' ? 1 : 0)
    return mood === 'take-then-hang-up' ? 'hang-up' : { status: 200, body: '' }
  })
  return { ...server, kept }
}
