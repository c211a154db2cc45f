/** One thing that changed, as the server names it. Names carry no data: whoever cares asks for it again. */
export type Name =
  | { release: string }
  | { application: string }
  | { instance: string }
  | { catalog: true }
  | { log: true }
  | { finding: true }

/** `*` stands for any of that kind. */
export type Interest = Name

export type StreamState = { kind: 'connecting' } | { kind: 'live' } | { kind: 'broken'; sinceMs: number }

/** What arrived together. `everything` after a gap: names may have been missed. */
export type Batch = { names: readonly Name[]; everything: boolean }

const kinds = ['release', 'application', 'instance', 'catalog', 'log', 'finding'] as const

const same = (interest: Interest, name: Name): boolean =>
  kinds.some((kind) => {
    const wanted = (interest as Record<string, unknown>)[kind]
    const got = (name as Record<string, unknown>)[kind]
    return wanted !== undefined && got !== undefined && (wanted === '*' || wanted === got)
  })

/** Whether a batch touches any of these. */
export const touches = (batch: Batch, interests: readonly Interest[]): boolean =>
  batch.everything || batch.names.some((name) => interests.some((interest) => same(interest, name)))

/**
 * One message; it may hold several kinds, and says `gap` when the server could not tell all that changed.
 * Anything not understood is no name.
 */
export function readBatch(data: string): Batch {
  let message: unknown
  try {
    message = JSON.parse(data)
  } catch {
    return { names: [], everything: false }
  }
  if (typeof message !== 'object' || message === null) return { names: [], everything: false }
  const names = kinds.flatMap((kind): Name[] => {
    const value = (message as Record<string, unknown>)[kind]
    if (kind === 'catalog' || kind === 'log' || kind === 'finding')
      return value === true ? [{ [kind]: true } as Name] : []
    const values = Array.isArray(value) ? value : [value]
    return values.flatMap((each) => (typeof each === 'string' ? [{ [kind]: each } as Name] : []))
  })
  return { names, everything: (message as Record<string, unknown>).gap === true }
}

/** Wait before attempt `n` (from 0) to connect again: doubles to 30 s, half of it random. */
export const backoffMs = (attempt: number, random: number): number => {
  const fullMs = Math.min(30_000, 1000 * 2 ** Math.min(attempt, 5))
  return fullMs / 2 + (fullMs / 2) * random
}

/** The server says names at its own pace; a broken stream that comes back again and again must not ask without end. */
export const pace = { leadMs: 0, restMs: 200 } as const
