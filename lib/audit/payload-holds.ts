import { z } from 'zod'
import { code, digest, freeze, moment, name, pause, text } from './payload-parts.ts'

/** What events say of pauses, freezes and deployment windows. */
export const holds = {
  /** The pause switch: where releases stop, or go on. */
  'pause.started': z.strictObject({ ...pause, pause: name, reason: text(2000) }),
  'pause.ended': z.strictObject({ ...pause, pause: name, reason: text(2000) }),
  'pause.refused': z.strictObject({
    ...pause,
    act: z.enum(['pause', 'resume']),
    pause: name.optional(),
    refusal: code,
  }),

  /** Freezes and deployment windows: once (`from`, `to`) or by `schedule` and `duration`, both by the clock of `zone`. */
  'freeze.made': z.strictObject({
    ...freeze,
    freeze: name,
    from: moment.optional(),
    to: moment.optional(),
    schedule: text(200).optional(),
    duration: text(40).optional(),
    zone: text(64),
    reason: text(2000),
  }),
  'freeze.ended': z.strictObject({ ...freeze, freeze: name, reason: text(2000) }),
  'freeze.refused': z.strictObject({
    ...freeze,
    act: z.enum(['make', 'end']),
    freeze: name.optional(),
    refusal: code,
  }),
  /** One release goes through one freeze; `about` is why that is on. */
  'freeze.overridden': z.strictObject({
    override: name,
    freeze: name,
    kind: z.enum(['deny', 'allow']),
    plan: digest,
    about: text(2000),
    reason: text(2000),
  }),
  'freeze.override-refused': z.strictObject({ freeze: name, refusal: code }),
} as const satisfies Record<string, z.ZodType>
