import { describe, expect, it } from 'vitest'
import { canonicalBytes } from './canonical.ts'
import { type Actor, parseEvent } from './event.ts'

const at = '2026-11-23T10:41:05.000Z'
const person: Actor = { kind: 'person', person: 'per_marta' }
const subject = { release: 'rel_1', service: 'checkout', environment: 'prod', target: 'eu' }

describe('text from outside', () => {
  it('is cut, made well-formed and shown without control characters', () => {
    const message = `\u001b[31m${'x'.repeat(5_000)}`
    const event = parseEvent({
      v: 1,
      id: `evt_${'0'.repeat(26)}`,
      at,
      actor: person,
      subject,
      type: 'release.accepted',
      data: { intent: 1, message, differences: Array.from({ length: 99 }, () => '\ud800') },
    })
    expect(event.data).toMatchObject({
      message: `\u241b[31m${'x'.repeat(3_995)}`,
      differences: Array(20).fill('\ufffd'),
    })
    expect(canonicalBytes(event).length).toBeLessThan(65_536)
  })
})
