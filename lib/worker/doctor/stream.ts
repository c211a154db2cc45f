import type { Config } from '#lib/platform/config.ts'
import { readSecret } from '#lib/platform/secrets.ts'
import { openSink } from '#lib/sinks/open.ts'
import { about, type Finding } from './finding.ts'
import { askOnce } from './systems.ts'

const says = about('stream')

/**
 * Whether the sink of the log answers and knows the token. Hands it nothing: an empty body to one that takes lines, a
 * question to VictoriaLogs.
 */
export async function examineStream(stream: Config['audit']['stream']): Promise<Finding[]> {
  if (!stream) return []
  const { name } = openSink(stream)
  const { origin, pathname } = new URL(stream.url)
  const authorization = stream.token && `Bearer ${readSecret(stream.token)}`
  const base = pathname.replace(/\/$/, '')
  const outcome = await askOnce(origin, {
    ...(stream.kind === 'http'
      ? { method: 'POST', path: pathname, body: '' }
      : {
          path: `${base}/select/logsql/query`,
          query: [['query', '{app="countersign",kind="entry"} | limit 1']],
        }),
    headers: {
      ...(authorization && { authorization }),
      ...('tenant' in stream &&
        stream.tenant && {
          AccountID: String(stream.tenant.accountId),
          ProjectID: String(stream.tenant.projectId),
        }),
    },
  })
  const later = 'The log waits for it without a gap; until then no copy of new entries is there.'
  if (!outcome.ok)
    return [says.warning(`The sink ${name} of the log does not answer: ${outcome.message}. ${later}`)]
  const { status } = outcome.response
  if (status === 401 || status === 403)
    return [
      says.warning(`The sink ${name} of the log refuses the token of audit.stream (${status}). ${later}`),
    ]
  // What takes lines may find an empty body wrong; that it says so is an answer.
  const answers = status < 300 || (stream.kind === 'http' && (status === 400 || status === 422))
  if (!answers) return [says.warning(`The sink ${name} of the log answered ${status}. ${later}`)]
  return [says.fine(`The sink ${name} of the log answers.`)]
}
