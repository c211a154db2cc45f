import type { IncomingMessage, ServerResponse } from 'node:http'
import type { State } from '#sandbox/world/state.ts'
import type { Identity } from './auth.ts'
import type { Desk } from './desk.ts'

/** One request on its way through the pretend API server. */
export type Call = {
  desk: Desk
  state: State
  req: IncomingMessage
  res: ServerResponse
  query: URLSearchParams
  /** Values of the route's parts in braces, decoded. */
  params: Record<string, string>
  identity: Identity | undefined
  body: string
}

const httpOf: Record<number, number> = { 3: 400, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 16: 401 }

/** An error with a gRPC code, answered as grpc-gateway does. */
export class GrpcError extends Error {
  code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export const httpStatusOf = (code: number) => httpOf[code] ?? 500

export function sendJson(res: ServerResponse, value: unknown): void {
  res.writeHead(200, { 'content-type': 'application/json', 'grpc-metadata-content-type': 'application/grpc' })
  res.end(JSON.stringify(value))
}

export function sendError(res: ServerResponse, error: GrpcError): void {
  res.writeHead(httpStatusOf(error.code), { 'content-type': 'application/json' })
  res.end(JSON.stringify({ error: error.message, code: error.code, message: error.message }))
}

/** Routing errors and the content type guard answer in plain text. */
export function sendText(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  res.end(`${text}\n`)
}

/** Writes and waits while the reader is slower than we are; false when it went away. */
export async function write(res: ServerResponse, chunk: string): Promise<boolean> {
  if (res.destroyed) return false
  if (res.write(chunk)) return true
  await new Promise<void>((resolve) => {
    const done = () => {
      res.off('drain', done)
      res.off('close', done)
      resolve()
    }
    res.on('drain', done)
    res.on('close', done)
  })
  return !res.destroyed
}
