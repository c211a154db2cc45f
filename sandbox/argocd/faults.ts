import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApplicationJson } from './application.ts'
import type { Desk } from './desk.ts'
import { GrpcError, sendError } from './http.ts'

/** Plays the fault that is switched on before a request is looked at. True: the request is done with. */
export async function playFault(desk: Desk, req: IncomingMessage, res: ServerResponse): Promise<boolean> {
  const { fault } = desk
  if (fault?.kind === 'down') {
    req.socket.destroy()
    return true
  }
  if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs).unref())
  if (fault?.kind === 'status') {
    const [code, message] =
      fault.status === 401
        ? [16, 'invalid session: token has been revoked']
        : [2, 'the sandbox was told to fail']
    sendError(res, new GrpcError(Number(code), String(message)))
    return true
  }
  return false
}

/** With the fault `unknown-type` one application says things no version of Argo CD says today. */
export function strange(desk: Desk, name: string, json: ApplicationJson): ApplicationJson {
  const { fault } = desk
  if (fault?.kind !== 'unknown-type') return json
  if (name !== (fault.application ?? desk.world.inner.names[0])) return json
  return {
    ...json,
    status: {
      ...json.status,
      health: { status: 'Entangled', lastTransitionTime: 7 },
      sync: { status: ['not', 'a', 'word'], comparedTo: null },
      resources: 'many',
    },
  }
}

/** True once for each reply that is to be lost after a sync was accepted. */
export function losesReply(desk: Desk): boolean {
  const { fault } = desk
  if (fault?.kind !== 'drop-reply' || fault.times < 1) return false
  desk.fault = fault.times > 1 ? { ...fault, times: fault.times - 1 } : undefined
  return true
}
