import type { HttpHead } from '#lib/platform/http.ts'

/** The sink asks for a pause before it is handed anything again. */
export class SinkBusy extends Error {
  waitMs: number
  constructor(message: string, waitMs: number) {
    super(message)
    this.waitMs = waitMs
  }
}

/** Retry-After in seconds, as milliseconds; a date there is as good as none, the pauses grow by themselves. */
export function askedPauseMs({ headers }: HttpHead): number {
  const seconds = /^\d{1,6}$/.exec(headers['retry-after'] ?? '')?.[0]
  return seconds === undefined ? 0 : Number(seconds) * 1_000
}
