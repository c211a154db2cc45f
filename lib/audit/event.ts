import { z } from 'zod'
import { parseCanonical } from './canonical.ts'
import { type EventType, eventTypes, payloads } from './payload.ts'

const id = z.string().regex(/^[a-z]{2,5}_[0-9a-z]{1,64}$/)
const name = z.string().min(1).max(253)

/** Who did it. People by their pseudonymous id; `account` tells apart the accounts of one person. */
export const actorSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('person'), person: id, account: id.optional() }),
  z.strictObject({ kind: z.literal('worker'), name }),
  z.strictObject({ kind: z.literal('signer'), name }),
  z.strictObject({ kind: z.literal('argocd'), name }),
  z.strictObject({ kind: z.literal('system'), name }),
])
export type Actor = z.output<typeof actorSchema>

/** What it is about; the log can be searched by each of these. */
export const subjectSchema = z.strictObject({
  release: id.optional(),
  application: id.optional(),
  service: name.optional(),
  environment: name.optional(),
  target: name.optional(),
  plan: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
})
export type Subject = z.output<typeof subjectSchema>

const headSchema = z.strictObject({
  v: z.literal(1),
  id: z.string().regex(/^evt_[0-9a-z]{26}$/),
  at: z.iso.datetime({ precision: 3 }),
  type: z.enum(eventTypes),
  actor: actorSchema,
  /** The request this came from, to find its line in the process log. */
  request: z.string().max(64).optional(),
  subject: subjectSchema,
  data: z.unknown(),
})
type Head = Omit<z.output<typeof headSchema>, 'type' | 'data'>

/** What `data` of a type holds once it is in the log. */
export type EventData<T extends EventType> = z.output<(typeof payloads)[T]>

/** One entry of the log, told apart by `type`. */
export type LogEvent = { [T in EventType]: Head & { type: T; data: EventData<T> } }[EventType]

/** What a caller hands to `record`: the id, the moment and the version are added there. */
export type NewEvent = {
  [T in EventType]: {
    type: T
    actor: Actor
    subject: Subject
    request?: string | undefined
    data: z.input<(typeof payloads)[T]>
  }
}[EventType]

/** Checks a whole event. Throws ZodError: an event that does not fit is a fault of ours, not an expected outcome. */
export function parseEvent(value: unknown): LogEvent {
  const head = headSchema.parse(value)
  return { ...head, data: payloads[head.type].parse(head.data) } as LogEvent
}

export type ReadEvent =
  | { known: true; event: LogEvent }
  | { known: false; type: string; at: string; value: unknown }

/**
 * Reads the bytes of a stored entry. An entry of a later version, or one that another program wrote, is given back
 * as not known: it is shown as it is, never hidden. Throws when the bytes are not canonical JSON at all.
 */
export function readEvent(entry: Uint8Array): ReadEvent {
  const value = parseCanonical(entry)
  try {
    return { known: true, event: parseEvent(value) }
  } catch {
    const loose = z
      .object({ type: z.string().catch('unknown'), at: z.string().catch('') })
      .catch({ type: 'unknown', at: '' })
    return { known: false, ...loose.parse(value), value }
  }
}
