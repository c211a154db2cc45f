import { expect, test } from 'vitest'
import { cookieNames, readCookies, setCookie } from './cookie.ts'
import { createBuckets } from './rate.ts'
import { pagePolicy, securityHeaders } from './security-headers.ts'

const options = {
  nonce: 'bm9uY2U=',
  url: 'https://cs.example',
  issuer: 'https://sso.example/realms/acme',
  development: false,
}

test('scripts run by nonce only, forms lead here or to the provider, nothing may frame a page', () => {
  const policy = pagePolicy(options)
  const directives = Object.fromEntries(
    policy.split('; ').map((line) => [line.split(' ')[0], line.split(' ').slice(1)]),
  )
  expect(directives['script-src']).toEqual(["'nonce-bm9uY2U='", "'strict-dynamic'"])
  expect(directives['style-src']).toEqual(["'self'", "'nonce-bm9uY2U='"])
  expect(directives['form-action']).toEqual(["'self'", 'https://sso.example'])
  for (const name of ['object-src', 'base-uri', 'frame-ancestors'])
    expect(directives[name]).toEqual(["'none'"])
  expect(policy).toContain('upgrade-insecure-requests')
  expect(pagePolicy({ ...options, url: 'http://127.0.0.1:3000' })).not.toContain('upgrade-insecure-requests')
})

test('https brings HSTS and cookies that are bound to this host', () => {
  expect(securityHeaders('https://cs.example')['Strict-Transport-Security']).toBe('max-age=31536000')
  expect(securityHeaders('http://127.0.0.1:3000')).not.toHaveProperty('Strict-Transport-Security')
  const { session, secure } = cookieNames('https://cs.example')
  expect(setCookie(session, 'x', secure, 60)).toBe(
    '__Host-countersign=x; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60',
  )
  expect(setCookie('countersign', undefined, false)).toBe(
    'countersign=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0',
  )
})

test('cookies are read without surprises', () => {
  expect({ ...readCookies('a=1; countersign=x%7Cy; a=2; broken=%; =z; __proto__=p') }).toMatchObject({
    a: '1',
    countersign: 'x|y',
  })
  expect(readCookies('__proto__=p').toString).toBeUndefined()
  expect(readCookies(null)).toEqual({})
})

test('a bucket gives its burst, then what comes in by the second, for each key apart', () => {
  let nowMs = 0
  const buckets = createBuckets({ burst: 3, perSecond: 0.5, nowMs: () => nowMs })
  expect([1, 2, 3, 4].map(() => buckets.take('anna'))).toEqual([0, 0, 0, 2])
  expect(buckets.take('mei')).toBe(0)
  nowMs = 1000
  expect(buckets.take('anna')).toBe(1)
  nowMs = 2000
  expect([buckets.take('anna'), buckets.take('anna')]).toEqual([0, 2])
})
