import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { groupsOf, readIdentity } from './claims.ts'

const issuer = 'https://sso.acme.example/realms/acme'
const access = { issuer, groupsClaim: 'groups' }
const claims = { iss: issuer, sub: 'e8a8568e', name: 'Anna Beck', email: 'anna.beck@acme.example' }

test.each<[string, unknown, string[]]>([
  ['a list', ['/shop/approvers', '/payments/leads'], ['/shop/approvers', '/payments/leads']],
  ['a list with doubles', ['/a', '/a'], ['/a']],
  ['other case, kept', ['/Shop/Approvers'], ['/Shop/Approvers']],
  ['nothing', undefined, []],
  ['an empty list', [], []],
  ['null', null, []],
  ['a text', '/shop/approvers', []],
  ['a text with commas', '/shop/approvers,/auditors', []],
  ['a list of objects', [{ name: '/shop/approvers' }], []],
  ['a list with one object', ['/shop/approvers', { id: 1 }], []],
  ['an object', { '/shop/approvers': true }, []],
  ['more than 200', Array.from({ length: 201 }, (_, i) => `/g${i}`), []],
  ['a name with NUL', ['/shop/approvers\0'], []],
  ['an empty name', ['/shop/approvers', ''], []],
])('groups from %s', (_, groups, expected) => {
  expect(groupsOf({ groups }, 'groups')).toEqual(expected)
})

test('a pointer to groups kept elsewhere gives none, whatever else is there', () => {
  const overage = { _claim_names: { groups: 'src1' }, groups: ['/shop/approvers'] }
  expect(groupsOf(overage, 'groups')).toEqual([])
  expect(groupsOf({ ...overage, roles: ['/shop/approvers'] }, 'roles')).toEqual(['/shop/approvers'])
})

test('identity is issuer and subject; another issuer or no subject is refused', () => {
  expect(readIdentity({ ...claims, groups: ['/a'] }, access)).toEqual({
    ok: true,
    value: {
      issuer,
      subject: 'e8a8568e',
      name: 'Anna Beck',
      email: 'anna.beck@acme.example',
      emailVerified: false,
      groups: ['/a'],
    },
  })
  for (const wrong of [
    { iss: `${issuer}/` },
    { iss: 'https://evil.example' },
    { sub: '' },
    { sub: undefined },
    { sub: 7 },
  ])
    expect(readIdentity({ ...claims, ...wrong }, access)).toEqual({
      ok: false,
      refusal: 'token-not-understood',
    })
})

test('names fall back to what is there and never break the database', () => {
  const named = (more: Record<string, unknown>) => {
    const read = readIdentity({ ...claims, ...more }, access)
    return read.ok ? read.value.name : undefined
  }
  expect(named({ name: ' ', preferred_username: 'anna' })).toBe('anna')
  expect(named({ name: 7 })).toBe('e8a8568e')
  expect(named({ name: `${'x'.repeat(199)}\ud83d\ude00` })).toBe(`${'x'.repeat(199)}\ufffd`)
  expect(named({ name: 'An\0na' })).toBe('Anna')
})

const folder = new URL('../../sandbox/recordings/keycloak/', import.meta.url)
test.each(readdirSync(folder).filter((file) => file.startsWith('sign-in')))(
  'a token of a real Keycloak: %s',
  (file) => {
    const { response } = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
    const decoded = response.body.id_token?.decoded?.[1]
    if (!decoded) return expect(file).toBe('sign-in-disabled-person.json')
    expect(readIdentity(decoded, access)).toMatchObject({
      ok: true,
      value: { subject: decoded.sub, name: decoded.name, groups: decoded.groups },
    })
  },
)

test.each<[unknown, boolean, boolean]>([
  [true, false, true],
  ['true', false, true],
  [false, false, false],
  ['yes', false, false],
  [1, false, false],
  [undefined, false, false],
  [undefined, true, true],
])('email_verified %s, trusted %s: %s', (email_verified, trustEmails, expected) => {
  const read = readIdentity({ ...claims, email_verified }, { ...access, trustEmails })
  expect(read.ok && read.value.emailVerified).toBe(expected)
})
