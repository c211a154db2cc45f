import { expect, test } from 'vitest'
import { createMasker } from '#lib/manifests/mask.ts'
import type { HttpFailure, HttpOutcome } from '#lib/platform/http.ts'
import { classifySyncReply } from './sync-reply.ts'

const masker = createMasker('k'.repeat(32))
const failure = (kind: HttpFailure['kind'], beforeBytesSent: boolean): HttpOutcome => ({
  ...{ ok: false, kind, beforeBytesSent, message: 'x' },
})
const answer = (status: number, body: unknown): HttpOutcome => ({
  ok: true,
  response: {
    status,
    headers: {},
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  },
})
const grpc = (status: number, code: number, message = 'no') =>
  answer(status, { error: message, code, message })

/** Every kind of reply (audit-security 3.4 step 9). What is not on the list of certain refusals is ambiguous. */
test.each<[string, HttpOutcome, string]>([
  ['no name, no connection', failure('refused', true), 'refused'],
  ['no encryption', failure('tls', true), 'refused'],
  ['no connection in time', failure('timeout', true), 'refused'],
  ['a circuit at rest', failure('open-circuit', true), 'refused'],
  ['no answer in time', failure('timeout', false), 'ambiguous'],
  ['a reset after the request', failure('reset', false), 'ambiguous'],
  ['an answer that breaks off', failure('reset', false), 'ambiguous'],
  ['an answer too large', failure('too-large', false), 'ambiguous'],
  ['given up by ourselves', failure('aborted', false), 'ambiguous'],
  ['401', grpc(401, 16), 'refused'],
  ['403', grpc(403, 7), 'refused'],
  ['404', grpc(404, 5), 'refused'],
  ['415', answer(415, 'Invalid content type'), 'refused'],
  ['429', answer(429, 'slow down'), 'refused'],
  ['400 invalid argument', grpc(400, 3), 'refused'],
  ['400/9 another operation', grpc(400, 9, 'another operation is already in progress'), 'busy'],
  ['400/9 automatic sync', grpc(400, 9, 'Cannot sync to a: auto-sync currently set to HEAD'), 'refused'],
  ['400/9 unknown revision', grpc(400, 9, 'error resolving repo revision: x'), 'refused'],
  ['400/9 with other words', grpc(400, 9, 'something else'), 'ambiguous'],
  ['400 without a code', answer(400, 'Bad Request'), 'ambiguous'],
  ['409', grpc(409, 10), 'ambiguous'],
  ['500', grpc(500, 13), 'ambiguous'],
  ['502', answer(502, 'Bad Gateway'), 'ambiguous'],
  ['503', grpc(503, 14), 'ambiguous'],
  ['504', grpc(504, 4), 'ambiguous'],
  ['a redirect', answer(302, ''), 'ambiguous'],
  ['204', answer(204, ''), 'ambiguous'],
  ['200 cut off', answer(200, '{"metadata": {"na'), 'ambiguous'],
  ['200 that is no application', answer(200, []), 'ambiguous'],
  ['200 with an application', answer(200, { metadata: { name: 'x' } }), 'accepted'],
])('%s', (_, outcome, what) => expect(classifySyncReply(outcome, masker).outcome).toBe(what))
