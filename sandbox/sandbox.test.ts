import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '#lib/platform/config.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { defaults, readArguments } from './settings.ts'

const dir = mkdtempSync(join(tmpdir(), 'sandbox-'))
const portalUrl = 'http://127.0.0.1:4321'
let sandbox: Sandbox
let file: string

beforeAll(async () => {
  sandbox = await startSandbox({ portalUrl })
  file = await sandbox.writeConfig(dir)
})
afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true })
})

type Written = {
  url: string
  instances: { url: string; token: { file: string } }[]
  access: { issuer: string; clientSecret: { file: string } }
  signals: Record<'metrics' | 'logs' | 'alerts' | 'grafana', { url: string }>
  evidence: { git: { url: string; token: { file: string } }[] }
}
const written = () => parse(readFileSync(file, 'utf8')) as Written
const secret = (ref: { file: string } | undefined) => readFileSync(join(dir, ref?.file ?? ''), 'utf8')

test('the written configuration leads to every system, and its secrets open them', async () => {
  const { url, instances, access, signals } = written()
  expect(url).toBe(portalUrl)
  const [argo] = instances
  const applications = await fetch(`${argo?.url}/api/v1/applications?fields=items.metadata.name`, {
    headers: { authorization: `Bearer ${secret(argo?.token)}` },
  })
  expect(applications.status).toBe(200)
  const { items } = (await applications.json()) as { items: unknown[] }
  expect(items.length).toBeGreaterThan(10)

  const discovery = await fetch(`${access.issuer}/.well-known/openid-configuration`)
  expect(await discovery.json()).toMatchObject({ issuer: access.issuer })
  expect(secret(access.clientSecret)).toBe(sandbox.oidc.clientSecret)

  expect((await fetch(`${signals.metrics.url}/health`)).status).toBe(200)
  expect((await fetch(`${signals.logs.url}/select/logsql/query?query=*&limit=1`)).status).toBe(200)
  expect((await fetch(`${signals.alerts.url}/api/v2/status`)).status).toBe(200)
  expect((await fetch(`${signals.grafana.url}/d/service-release`)).status).toBe(200)
})

test.each(['web', 'worker', 'signer'] as const)('the product takes the configuration: %s', (kind) => {
  const config = loadConfig(kind, { COUNTERSIGN_CONFIG: file })
  expect(config.url).toBe(portalUrl)
  expect(config.signals.metrics?.uiUrl).toBe(sandbox.signals.metricsUi)
})

test('secrets are readable by the owner only, also when written again', async () => {
  const { instances, access, evidence } = written()
  const refs = [instances[0]?.token, access.clientSecret, evidence.git[0]?.token]
  await sandbox.writeConfig(dir)
  for (const ref of refs) expect(statSync(join(dir, ref?.file ?? '')).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).not.toContain(sandbox.oidc.clientSecret)
})

test('metrics know the world: what runs in prod has traffic', async () => {
  const query = 'sum by (app) (rate(http_requests_total{namespace="shop-prod"}[5m]))'
  const response = await fetch(`${sandbox.signals.metrics}/api/v1/query?query=${encodeURIComponent(query)}`)
  const { data } = (await response.json()) as { data: { result: { metric: { app: string } }[] } }
  expect(data.result.map(({ metric }) => metric.app)).toContain('checkout')
})

test('a taken port gives one sentence and another port', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  const base = (typeof address === 'object' ? (address?.port ?? 0) : 0) - 1
  const second = await startSandbox({ port: base, fleet: 'none' })
  expect(second.notes).toContain(`Port ${base + 1} is taken, so Argo CD listens on another one.`)
  expect(second.argoCd.url).not.toBe(`http://127.0.0.1:${base + 1}`)
  await second.close()
  taken.close()
})

test('a second Argo CD runs some of the same applications as targets of their own', async () => {
  const two = await startSandbox({ instances: 2 })
  const at = mkdtempSync(join(tmpdir(), 'sandbox-'))
  try {
    const config = loadConfig('worker', { COUNTERSIGN_CONFIG: await two.writeConfig(at) })
    expect(config.instances.map(({ name }) => name)).toEqual(['main', 'edge'])
    const answer = await fetch(`${two.edge?.url}/api/v1/applications`, {
      headers: { authorization: `Bearer ${two.edge?.tokens.countersign}` },
    })
    type Item = { metadata: { name: string; uid: string; labels: Record<string, string> } }
    const { items } = (await answer.json()) as { items: Item[] }
    expect(items.map(({ metadata }) => metadata.name)).toEqual([
      'catalog-prod',
      'checkout-prod',
      'search-prod',
    ])
    for (const { metadata } of items) {
      expect(metadata.labels['acme.example/target']).toBe('edge')
      expect(two.world.inner.apps.get(metadata.name)?.uid).not.toBe(metadata.uid)
    }
  } finally {
    await two.close()
    rmSync(at, { recursive: true })
  }
})

describe('the command line', () => {
  test('has a default for everything', () => expect(readArguments([])).toEqual(defaults))

  test('takes port, services, folder and portal', () => {
    expect(
      readArguments([
        '--port',
        '5000',
        '--services',
        '300',
        '--dir',
        'x',
        '--portal',
        'http://localhost:3000/',
      ]),
    ).toEqual({ ...defaults, port: 5000, services: 300, dir: 'x', portalUrl: 'http://localhost:3000' })
  })

  test.each([
    ['--port', 'http'],
    ['--services', '-1'],
    ['--portal', 'nowhere'],
    ['--colour', 'red'],
  ])('refuses %s %s in one sentence', (...argv) =>
    expect(readArguments(argv)).toEqual({ problem: expect.stringMatching(/\.$/) }),
  )
})
