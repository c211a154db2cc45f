import type { Masker } from '#lib/manifests/mask.ts'
import type { HttpOutcome } from '#lib/platform/http.ts'
import { decodeJson, failureOf } from './answer.ts'
import { type ObservedApplication, observe } from './application.ts'

/**
 * What is known after the one sync request. `refused`: certainly not applied. `busy`: certainly not applied
 * now, but an operation is there and may be an earlier request of ours. `ambiguous`: nobody can tell; only
 * reading the application later can.
 */
export type SyncOutcome =
  | { outcome: 'accepted'; application: ObservedApplication }
  | { outcome: 'refused'; code: string; message: string }
  | { outcome: 'busy'; message: string }
  | { outcome: 'ambiguous'; why: string }

const definite = new Set([401, 403, 404, 415, 429])
/** Refusals with grpc code 9 that come before the operation is written. */
const refusedBefore = /^(?:Cannot sync to |error resolving repo revision|.*is deleting|.*auto-sync)/i

export function classifySyncReply(outcome: HttpOutcome, masker: Masker): SyncOutcome {
  if (!outcome.ok) {
    return outcome.beforeBytesSent
      ? { outcome: 'refused', code: 'not-sent', message: `It was not sent: ${outcome.message}` }
      : { outcome: 'ambiguous', why: `No whole answer came: ${outcome.message}` }
  }
  const { status, body } = outcome.response
  if (status === 200) return echoed(body, masker)
  const { message, code } = failureOf(status, body, masker)
  if (definite.has(status)) return { outcome: 'refused', code: `http-${status}`, message }
  if (status === 400 && code === 9) {
    if (message.includes('another operation is already in progress')) return { outcome: 'busy', message }
    if (refusedBefore.test(message)) return { outcome: 'refused', code: 'precondition', message }
  }
  if (status === 400 && code !== undefined && code !== 9)
    return { outcome: 'refused', code: `grpc-${code}`, message }
  return { outcome: 'ambiguous', why: `It answered ${status}: ${message}` }
}

function echoed(body: Uint8Array, masker: Masker): SyncOutcome {
  const decoded = decodeJson(body)
  if (!decoded.ok) return { outcome: 'ambiguous', why: `It answered 200 with something ${decoded.problem}` }
  const observation = observe(decoded.value, masker)
  return observation.ok
    ? { outcome: 'accepted', application: observation.application }
    : { outcome: 'ambiguous', why: `It answered 200 with something ${observation.problem}` }
}
