import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { clock } from '#lib/platform/clock.ts'
import { parseConfig } from '#lib/platform/config.ts'
import { startArgo } from '#sandbox/argocd/server.ts'
import { createWorld } from '#sandbox/world/world.ts'
import { examineInstance } from './argocd.ts'

const argo = await startArgo(createWorld())
afterAll(() => argo.close())
const dir = mkdtempSync(join(tmpdir(), 'countersign-doctor-'))

async function examined(account: keyof typeof argo.tokens) {
  writeFileSync(join(dir, account), argo.tokens[account], { mode: 0o600 })
  const parsed = parseConfig(
    `instances: [{ name: main, url: '${argo.url}', token: { file: ${account} } }]
access: { issuer: https://sso.example.com, clientSecret: { file: x } }`,
    join(dir, 'countersign.yaml'),
  )
  const [instance] = parsed.ok ? parsed.value.config.instances : []
  if (!parsed.ok || !instance) throw new Error('the configuration of this test is wrong')
  return examineInstance(instance, parsed.value.config.catalog, clock.now())
}

test('the account countersign of the practice platform has the rights that it needs, and no more', async () => {
  const findings = await examined('countersign')
  expect(findings.filter((f) => f.level === 'blocking')).toEqual([])
  expect(findings.map((f) => f.sentence)).toContain(
    'The account countersign may get and sync, and none of override, create, update, delete, action/*.',
  )
})

test('an account that only reads cannot sync, one that may do everything may do too much', async () => {
  const blocking = async (account: 'reader' | 'jonas') =>
    (await examined(account)).filter((f) => f.level === 'blocking').map((f) => f.sentence)
  expect(await blocking('reader')).toEqual([expect.stringMatching(/^The account may not sync /)])
  expect((await blocking('jonas')).join('\n')).toMatch(
    /The account may override .*\n.*may create .*\n.*may update /,
  )
})
