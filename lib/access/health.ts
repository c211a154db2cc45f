import 'server-only'
import { getConfig, getDb } from '#lib/platform/context.ts'
import { newId } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { apiHeaders, problem, problemResponse } from './problem.ts'

const patienceMs = 2000

/** Whether this process is of use: it can read its configuration and its database answers within 2 s. */
export async function health(): Promise<Response> {
  const requestId = newId('request')
  const { url } = getConfig()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer in time')), patienceMs)
  try {
    await Promise.race([getDb().$queryRaw`SELECT 1`, late])
    return Response.json({ status: 'ok' }, { headers: apiHeaders(url, requestId) })
  } catch (error) {
    log.error('not healthy: the database does not answer', { request: requestId, error })
    return problemResponse(problem(503, 'unhealthy', 'The database does not answer.', requestId), url)
  } finally {
    clearTimeout(timer)
  }
}
