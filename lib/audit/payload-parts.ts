import { z } from 'zod'

// What events of several types have in common.

/** Control characters except tab and newline, which Postgres or a terminal could trip over, become their pictures. */
const visible = (value: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to replace
  value.replace(/[\u0000-\u0008\u000b-\u001f]/g, (character) =>
    String.fromCharCode(0x2400 + character.charCodeAt(0)),
  )

/** Text from people or from outside: cut to length, never with half a character. At most 3 bytes a unit of length. */
export const text = (lengthMax: number) =>
  z.string().transform((value) => visible(value.slice(0, lengthMax).toWellFormed()))

/** A list from outside: cut to length, so that nothing from there can make an entry too long to be written. */
export const texts = (countMax: number, lengthMax: number) =>
  z.array(text(lengthMax)).transform((values) => values.slice(0, countMax))

export const name = z.string().min(1).max(253)
export const code = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/)
export const digest = z.string().regex(/^[0-9a-f]{64}$/)
export const moment = z.iso.datetime({ precision: 3 })
export const count = z.int().min(0)
export const revisions = z.array(z.string().min(1).max(256)).min(1).max(32)
export const decision = z.enum(['approve', 'reject'])
export const afterwards = z.enum(['approve', 'object'])

/** A change of state needs at most: where it came from, why, in which attempt. */
export const change = { reason: text(2000).optional(), epoch: count.optional() }

/** What Argo CD answered, masked before it came here. `status` is the HTTP status; absent when none arrived. */
export const answer = {
  intent: count,
  status: z.int().min(100).max(599).optional(),
  code: z.int().optional(),
  message: text(4000).optional(),
}
export const outcome = {
  ...change,
  phase: text(64).optional(),
  health: text(64).optional(),
  message: text(4000).optional(),
  revisions: revisions.optional(),
}

/** What machines answered at that moment. */
export const answered = z
  .array(z.strictObject({ id: code, result: z.enum(['pass', 'fail', 'unknown']), blocks: z.boolean() }))
  .transform((all) => all.slice(0, 50))

export const finding = {
  outcome: z.enum(['succeeded', 'degraded', 'failed']),
  reason: text(2000).optional(),
  finding: name.optional(),
}

export const stepUp = { stepUp: name, purpose: code, plan: digest }

export const pause = { scope: code, place: text(300) }
export const freeze = { kind: z.enum(['deny', 'allow']), place: text(1200) }

/** A saved view that a group sees. */
export const view = z.strictObject({
  view: z.string().regex(/^vie_[0-9a-z]+$/),
  name: text(80),
  query: text(2000),
  group: text(300),
})
