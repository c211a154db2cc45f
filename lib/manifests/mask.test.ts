import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMasker, hiddenByArgo, type JsonObject } from './mask.ts'
import { namesSecret } from './secret.ts'

const masker = createMasker('key one')
const canary = 'c4nary-9f8e7d6c5b4a'
const secret = (data: JsonObject, more: JsonObject = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  data,
  ...more,
})
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('a Secret', () => {
  it('keeps key names, hides values, shows change', () => {
    const [one, same, other] = ['a', 'a', 'b'].map((value) =>
      masker.manifest(secret({ password: base64(canary + value) })),
    )
    expect(JSON.stringify(one)).not.toContain(base64(canary).slice(0, 20))
    expect(one?.data).toEqual({ password: expect.stringMatching(/^«masked [0-9a-f]{16}»$/) })
    expect(one).toEqual(same)
    expect(one).not.toEqual(other)
  })

  it('gives stringData the same mark as the data it becomes', () => {
    const plain = masker.manifest({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { a: canary },
    })
    expect(plain).toEqual(masker.manifest(secret({ a: base64(canary) })))
  })

  it('says so when Argo CD had hidden the value already', () => {
    expect(masker.manifest(secret({ a: '++++++++', b: '+++++++++' })).data).toEqual({
      a: hiddenByArgo,
      b: hiddenByArgo,
    })
  })

  it('is marked differently under another key and in another field', () => {
    const value = base64(canary)
    const { a, b } = masker.manifest(secret({ a: value, b: value })).data as JsonObject
    expect(a).not.toBe(b)
    expect(createMasker('key two').manifest(secret({ a: value })).data).not.toEqual({ a })
  })
})

describe('canaries', () => {
  const pem = (label: string) => `-----BEGIN ${label}-----\n${canary}\n-----END ${label}-----`
  const pod = (container: JsonObject) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { template: { spec: { containers: [{ name: 'c', ...container }] } } },
  })
  const config = (data: JsonObject) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c' },
    data,
  })
  it.each<[string, JsonObject]>([
    ['Secret data', secret({ k: base64(canary), k2: canary })],
    ['Secret annotation', secret({}, { metadata: { name: 's', annotations: { 'x/token': canary } } })],
    [
      'last applied',
      {
        ...config({}),
        metadata: { name: 'c', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': canary } },
      },
    ],
    ['managed fields', { ...config({}), metadata: { name: 'c', managedFields: [{ x: canary }] } }],
    ...[
      'DB_PASSWORD',
      'API_KEY',
      'apiKey',
      'AWS_SECRET_ACCESS_KEY',
      'GITHUB_TOKEN',
      'clientSecret',
      'SENTRY_DSN',
      'DATABASE_URL',
      'SESSION_COOKIE',
    ].map((name): [string, JsonObject] => [`env ${name}`, pod({ env: [{ name, value: canary }] })]),
    [
      'env value with a password in a URL',
      pod({ env: [{ name: 'UPSTREAM', value: `postgres://app:${canary}@db/x` }] }),
    ],
    ['flag with =', pod({ args: [`--db-password=${canary}`] })],
    ['flag and value', pod({ args: ['--db-password', canary] })],
    ['shell line', pod({ command: ['sh', '-c', `export TOKEN="${canary}"; run`] })],
    ['header', pod({ args: [`curl -H 'Authorization: Bearer ${canary}'`] })],
    ['ConfigMap key', config({ 'smtp.password': canary })],
    [
      'ConfigMap properties',
      config({ 'application.properties': `a=1\nspring.datasource.password=${canary}\n` }),
    ],
    ['ConfigMap yaml', config({ 'values.yaml': `db:\n  password: "${canary}"\n` })],
    ['ConfigMap json', config({ 'a.json': `{"clientSecret": "${canary}"}` })],
    ['private key', config({ a: pem('RSA PRIVATE KEY') })],
    ['private key without its end', config({ a: `-----BEGIN PRIVATE KEY-----\n${canary}` })],
    ['certificate', config({ a: pem('CERTIFICATE') })],
    ['private key in base64', config({ a: base64(pem('PRIVATE KEY')) })],
    ['token by its shape', config({ a: `see glpat-${canary}00000000` })],
    ['JSON web token', config({ a: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.${canary}` })],
    ['numeric password', config({ 'x.password': 90210_90210 as never })],
  ])('%s', (_, manifest) => {
    const text = JSON.stringify(masker.manifest(manifest))
    for (const shape of [canary, base64(canary), base64(pem('PRIVATE KEY')).slice(20, 60), '9021090210'])
      expect(text).not.toContain(shape)
  })

  it('in Helm parameters and values of a source', () => {
    const source = {
      repoURL: `https://u:${canary}@git/x`,
      helm: {
        values: `auth:\n  password: ${canary}\n`,
        valuesObject: { auth: { token: canary } },
        parameters: [{ name: 'auth.password', value: canary }],
      },
    }
    expect(JSON.stringify(masker.tree(source, 'source'))).not.toContain(canary)
  })

  it('in upstream errors', () => {
    expect(
      masker.text(`rpc error: secret "x" data password=${canary} https://bot:${canary}@git`),
    ).not.toContain(canary)
  })
})

describe('what is no secret', () => {
  it.each([
    { secretName: 'tls' },
    { secretKeyRef: { name: 'db', key: 'password' } },
    { existingSecret: 'db' },
    { automountServiceAccountToken: false },
    { tokenExpirationSeconds: 3600 },
    { 'checksum/secret': 'abc' },
    { image: 'registry.acme.example/shop/checkout:1.0.0' },
    { password: '$(DB_PASSWORD)' },
    { resources: ['secrets'] },
    { message: 'error resolving repo revision: rpc error: code = Unknown desc = x' },
    { ssh: 'git@github.com:a/b', other: 'ssh://git@host/x' },
  ])('stays: %j', (tree) => {
    expect(masker.tree(tree, 'x')).toEqual(tree)
  })

  it('is told by the name', () => {
    expect(['passwordFile', 'tokenTTL', 'secretRef', 'author', 'monkey', 'key'].filter(namesSecret)).toEqual(
      [],
    )
  })
})

it('masks the same when applied twice, and quickly whatever comes', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('password=', 'token: ', '-----BEGIN X-----', '://a:b@', 'eyJ', '«', '"', 'Bearer '),
  )
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 8 }).map((parts) => parts.join('')),
      (given) => {
        expect(masker.text(masker.text(given))).toBe(masker.text(given))
      },
    ),
  )
  const began = performance.now()
  for (const part of [
    'a',
    'password',
    '-----BEGIN A-----',
    'token=',
    '://',
    'eyJhbGci.',
    'a.',
    'LS0tLS1CRUdJTi',
  ]) {
    masker.text(part.repeat(200_000 / part.length))
  }
  expect(performance.now() - began).toBeLessThan(3000)
})
