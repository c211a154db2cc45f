import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { earlyEnv } from '#lib/platform/early-env.ts'
import { freePort } from '#lib/platform/postmaster.ts'
import { prepare } from './preparation.ts'

const dir = mkdtempSync(join(tmpdir(), 'countersign-preparation-'))
afterAll(() => rmSync(dir, { recursive: true }))
writeFileSync(join(dir, 'oidc.secret'), 's', { mode: 0o600 })
writeFileSync(
  join(dir, 'countersign.yaml'),
  `instances:
  - { name: main, url: https://argocd.example.com, token: { env: ARGOCD_TOKEN } }
access:
  issuer: https://sso.example.com/realms/acme
  clientSecret: { file: ./oidc.secret }
`,
)
const address = (role: string) => `postgresql://countersign_${role}:pw@db:5432/countersign`
const env = {
  PATH: '/bin',
  COUNTERSIGN_CONFIG: join(dir, 'countersign.yaml'),
  ARGOCD_TOKEN: 'token',
  DATABASE_URL_WEB: address('web'),
  DATABASE_URL_WORKER: address('worker'),
  DATABASE_URL_SIGNER: address('signer'),
}
const quiet = () => {}

test('web begins without an address and a secret, and is told its own only', async () => {
  expect(earlyEnv(env)).toEqual({ PATH: '/bin', COUNTERSIGN_CONFIG: env.COUNTERSIGN_CONFIG })
  const { beginning, envOf } = await prepare({ ...env, PORT: String(await freePort()) }, quiet)
  expect(beginning.environment).toMatchObject({
    DATABASE_URL_WEB: address('web'),
    COUNTERSIGN_PROCESS: 'web',
  })
  expect(JSON.stringify(beginning.environment)).not.toMatch(/token|countersign_(worker|signer)/)
  expect(envOf('worker')).toMatchObject({ ARGOCD_TOKEN: 'token', DATABASE_URL_WORKER: address('worker') })
  expect(JSON.stringify(envOf('signer'))).not.toMatch(/token|countersign_(web|worker)/)
})

test('nothing begins with a configuration or a port that is wrong', async () => {
  await expect(prepare({ ...env, ARGOCD_TOKEN: '' }, quiet)).rejects.toThrow('ARGOCD_TOKEN is not set')
  await expect(prepare({ ...env, PORT: 'http' }, quiet)).rejects.toThrow('PORT is not a port number')
})
