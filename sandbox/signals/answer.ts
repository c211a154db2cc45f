/** What a stand-in answers: the parts of an HTTP answer that the real ones differ in. */
export type Answer = { status: number; headers: Record<string, string>; body: string }

export function json(status: number, body: unknown, type = 'application/json'): Answer {
  return { status, headers: { 'content-type': type }, body: JSON.stringify(body) }
}

export function text(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body }
}
