import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startOidc } from '#sandbox/oidc/server.ts'
import { examineSignIn, redirectUri } from './sign-in.ts'

const url = 'http://127.0.0.1:9999'
const oidc = await startOidc({ port: 0, redirectUris: [redirectUri(url)] })
afterAll(() => oidc.close())

const dir = mkdtempSync(join(tmpdir(), 'countersign-doctor-'))
const file = join(dir, 'secret')
const wrong = join(dir, 'wrong')
writeFileSync(file, oidc.clientSecret, { mode: 0o600 })
writeFileSync(wrong, 'another', { mode: 0o600 })

const access = (more: object = {}) => ({
  issuer: oidc.issuer,
  clientId: 'countersign',
  clientSecret: { file },
  groupsClaim: 'groups',
  grants: [{ group: '/shop/approvers', role: 'approver' as const }],
  pipelines: [],
  ...more,
})
const bad = async (given: Parameters<typeof examineSignIn>[0]) =>
  (await examineSignIn(given)).filter((f) => f.level !== 'fine').map((f) => `${f.level}: ${f.sentence}`)

test('a provider that knows the client and its redirect URI is fine', async () => {
  const findings = await examineSignIn({ url, access: access() })
  expect(findings.map((f) => f.level)).toEqual(['fine', 'fine', 'fine'])
})

test.each([
  [
    'a wrong secret',
    { clientSecret: { file: wrong } },
    /^blocking: The provider does not accept the client countersign with this secret/,
  ],
  [
    'an issuer by another name',
    { issuer: oidc.issuer.replace('127.0.0.1', 'localhost') },
    /^blocking: The provider calls itself http:\/\/127/,
  ],
  [
    'a wrong realm',
    { issuer: `${oidc.issuer}/realms/nobody` },
    /^blocking: .*answered 404\. Check access\.issuer/,
  ],
  ['nobody who approves', { grants: [] }, /^warning: No group has the role approver/],
])('%s', async (_, more, expected) => {
  expect(await bad({ url, access: access(more) })).toEqual([expect.stringMatching(expected)])
})

test('whoever may break the glass needs a second address', async () => {
  const grants = [...access().grants, { group: '/leads', role: 'break-glass' as const }]
  expect(await bad({ url, access: access({ grants }) })).toEqual([
    expect.stringMatching(/^blocking: The provider refuses a step-up sign-in that returns to .*step-up/),
  ])
})

test('an address that the provider does not know', async () => {
  expect(await bad({ url: 'https://other.example.com', access: access() })).toEqual([
    expect.stringMatching(
      /^blocking: The provider refuses a sign-in that returns to https:\/\/other\.example\.com\/api\/auth\/callback\/oidc/,
    ),
  ])
})
