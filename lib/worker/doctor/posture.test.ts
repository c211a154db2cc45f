import { expect, test } from 'vitest'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { about } from './finding.ts'
import { failureFinding, some, tokenFindings, versionFinding } from './posture.ts'

const says = about('argocd main')
const now = instant('2026-11-23T12:00:00Z')

test.each([
  ['v2.14.0', 'blocking'],
  ['v3.2.10', 'blocking'],
  ['v3.3.8', 'warning', 'CVE-2026-42880'],
  ['v3.3.14', 'warning', '20 October 2026'],
  ['v3.4.7', 'warning', '20 October 2026'],
  ['v3.5.2', 'fine'],
  ['v3.6.0', 'warning', 'newer'],
  ['v4.0.0', 'warning', 'newer'],
])('version %s: %s', (text, level, about = '') => {
  const [major = 0, minor = 0, patch = 0] = text.slice(1).split('.').map(Number)
  const finding = versionFinding(says, { text, major, minor, patch })
  expect(finding.level).toBe(level)
  expect(finding.sentence).toContain(about)
})

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: object) => `${part({ alg: 'HS256' })}.${part(claims)}.c2ln`
const inDays = (days: number, at: Instant = now) => Math.floor(Date.parse(at) / 1000) + days * 86_400 + 60

test.each([
  ['not a token', 'hunter2', ['blocking']],
  ['without end', jwt({ sub: 'countersign:apiKey' }), ['warning']],
  ['expired', jwt({ exp: inDays(-1) }), ['blocking']],
  ['about to expire', jwt({ exp: inDays(3) }), ['warning']],
  ['for a month', jwt({ exp: inDays(30) }), []],
  ['for a year', jwt({ exp: inDays(365) }), ['warning']],
])('token %s', (_, token, levels) => {
  const findings = tokenFindings(says, token, now)
  expect(findings.map((f) => f.level)).toEqual(levels)
  expect(JSON.stringify(findings)).not.toContain(token)
})

test('a failure says what to try', () => {
  const transport = { ok: false, kind: 'tls', beforeBytesSent: true, message: 'no' } as const
  expect(
    failureFinding(says, 'x', { ok: false, kind: 'unreachable', message: 'no', transport }).sentence,
  ).toContain('caBundle')
  expect(
    failureFinding(says, 'x', { ok: false, kind: 'unauthorised', message: 'invalid session' }).sentence,
  ).toContain('generate-token')
  expect(
    failureFinding(says, 'x', { ok: false, kind: 'not-understood', message: 'not JSON' }).sentence,
  ).toContain('sign-in page')
  expect(some(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more')
})
