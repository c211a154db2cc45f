import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { findLogs, queryOf } from '#lib/logs/loaders.ts'
import { tailQuery } from '#lib/logs/schema.ts'
import { tailStream, webTails } from '#lib/logs/tail.ts'
import { refuse } from '#lib/platform/result.ts'
import { signalContext } from '#lib/signals/loaders.ts'

export const dynamic = 'force-dynamic'

type Refusal = { code: 'no-such-application' | 'nothing-to-follow' | 'too-many'; detail: string }
const no = (code: Refusal['code'], detail: string) => refuse<Refusal>({ code, detail })
const left = new WeakMap<Request, AbortSignal>()

const follow = door(
  {
    params: z.object({ id: z.string().regex(/^app_[0-9a-z]+$/) }),
    query: tailQuery,
    refusals: { 'no-such-application': 404, 'nothing-to-follow': 422, 'too-many': 429 },
    explain: ({ detail }: Refusal) => detail,
  },
  async ({ params, query, viewer, request }) => {
    const source = await findLogs(signalContext(), viewer, params.id)
    if (!source) return no('no-such-application', 'There is no such application, or you may not see it.')
    if ('is' in source)
      return no('nothing-to-follow', 'detail' in source ? source.detail : 'No logs are configured.')
    const built = queryOf(source.fields, query)
    if ('is' in built)
      return no('nothing-to-follow', 'detail' in built ? built.detail : 'No logs are configured.')
    const stream = tailStream(
      webTails(),
      { ...source, query: built.query },
      left.get(request) ?? request.signal,
    )
    if (!stream.ok)
      return no(
        'too-many',
        stream.refusal === 'too-many'
          ? 'Many people follow logs at this moment. Try again in a minute.'
          : 'You follow logs in four windows already. Close one.',
      )
    return new Response(stream.value, {
      headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' },
    })
  },
)

/** Lines as they are written, as server-sent events: `{"lines":[…],"left":0}`, at the end `{"ended":"why"}`. */
export async function GET(request: Request, route: { params: Promise<unknown> }): Promise<Response> {
  // Before anything is awaited: a client that leaves meanwhile is only ever told to those who listen already.
  const gone = new AbortController()
  request.signal.addEventListener('abort', () => gone.abort(), { once: true })
  if (request.signal.aborted) gone.abort()
  left.set(request, gone.signal)
  const response = await follow(request, route)
  // Neither our own compression nor a proxy may hold lines back.
  if (response.status === 200) response.headers.set('Cache-Control', 'private, no-store, no-transform')
  return response
}
