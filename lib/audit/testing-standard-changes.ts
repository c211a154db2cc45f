import type { NewEvent } from './event.ts'
import type { EventType } from './payload.ts'

type Types = Extract<EventType, `${string}standard-change${string}`>

const plan = `3f9a${'0'.repeat(56)}c210`
const at = '2026-11-24T08:00:00.000Z'

/** One entry of each type about standard changes, with the words for it. */
export const standardChangeSamples = {
  'standard-change.proposed': [
    {
      ...{ standardChange: 'std_1', digest: plan, project: 'shop', service: 'checkout', environment: 'prod' },
      ...{ perDay: 3, timeZone: 'Europe/Berlin', expiresAt: at, reason: 'daily versions' },
    },
    `proposed a standard change for checkout in prod, 3 a day until ${at}: daily versions`,
  ],
  'standard-change.decided': [
    { standardChange: 'std_1', digest: plan, decision: 'approve' },
    'signed standard change std_1',
  ],
  'standard-change.refused': [
    { refusal: 'own-proposal' },
    'could not do that with a standard change: own proposal',
  ],
  'standard-change.stopped': [
    { standardChange: 'std_1', digest: plan, reason: 'enough' },
    'stopped standard change std_1: enough',
  ],
  'release.standard-change': [
    { plan, standardChange: 'std_1', digest: plan, signers: ['per_1', 'per_2'] },
    'asked for plan 3f9a…c210 as standard change std_1 (3f9a…c210), which per_1 and per_2 signed',
  ],
  'release.standard-change-refused': [
    { plan, standardChange: 'std_1', why: 'it has expired' },
    'could not use standard change std_1 for plan 3f9a…c210: it has expired',
  ],
} satisfies { [T in Types]: [Extract<NewEvent, { type: T }>['data'], string] }
