import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { instant, plus } from '#lib/platform/clock.ts'
import { stepUpClaimsSchema } from './schema.ts'
import { mayAnswer, type StepUp } from './step-up.ts'

const folder = new URL('../../sandbox/recordings/keycloak/', import.meta.url)
/** The claims of the ID token that a real Keycloak answered with. */
function claimsOf(name: string) {
  const { response } = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
  return stepUpClaimsSchema.parse(response.body.id_token.decoded[1])
}

/** What a step-up makes of a recorded answer, had it been asked for a second before the token was made. */
function judge(name: string, acr: string[] = []) {
  const { iss, sub, auth_time, iat, acr: reached, amr } = claimsOf(name)
  const askedAt = instant((iat - 1) * 1000)
  const stepUp: StepUp = {
    ...{ id: 'stu_1', purpose: 'approve', release: 'rel_1', application: 'app_1', plan: 'p', account: 'usr' },
    ...{ acr, askedAt, proof: null, used: false },
  }
  const anna = claimsOf('sign-in')
  const claims = { iss, sub, acr: reached ?? null, amr: amr ?? [], authTime: instant(auth_time * 1000) }
  const result = mayAnswer(stepUp, { issuer: anna.iss, subject: anna.sub }, claims, plus(askedAt, 2000))
  return result.ok ? 'ok' : result.refusal
}

test.each([
  ['prompt-login', [], 'ok'],
  ['prompt-login', ['silver'], 'ok'],
  ['max-age-0', [], 'ok'],
  // Asked anew, a Keycloak keeps the person of its session, whatever name is typed.
  ['prompt-login-as-another-person', [], 'ok'],
  // No error and the lower level: only the token tells.
  ['acr-gold-asked-but-no-flow-gives-it', ['gold'], 'level'],
  ['acr-gold-essential-but-no-flow-gives-it', ['gold'], 'level'],
  // By cookie alone: level 0 and the old time.
  ['sign-in-again-by-cookie', ['silver', 'gold'], 'level'],
  ['sign-in-developer', [], 'other-person'],
] as const)('%s, asked for %j: %s', (name, acr, expected) => {
  expect(judge(name, [...acr])).toBe(expected)
})

test('a Keycloak names no methods unless it is told to', () => {
  expect(claimsOf('prompt-login').amr).toBeUndefined()
})
