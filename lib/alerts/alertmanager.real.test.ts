import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { instant } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { createSignalClient } from '#lib/signals/client.ts'
import { findAlertmanager, startAlertmanager } from '#sandbox/signals/alertmanager.ts'
import { startSignals } from '#sandbox/signals/server.ts'
import { tellWebhook } from '#sandbox/signals/webhook.ts'
import { readAlerts } from './loaders.ts'
import { type Webhook, webhookSchema } from './schema.ts'

const cacheDir = new URL('../../.countersign/cache', import.meta.url).pathname
const found = await findAlertmanager(cacheDir)
beforeEach(() => {
  vi.spyOn(log, 'warn').mockImplementation(() => {})
})

const viewer = {
  ...{ accountId: 'usr_1', personId: 'per_1', name: 'Jonas', initials: 'J', groups: [] },
  ...{ grants: [{ role: 'developer', projects: ['shop'] }], service: false, enabled: true },
} as Viewer
const startedMs = Date.now() - 600_000
const secret = 'the-secret-of-the-hook'

/** Hears what is told, as our own route does: parsed, and refused without the secret. */
async function listener() {
  const told: Webhook[] = []
  const server: Server = createServer(async (req, res) => {
    if (req.headers.authorization !== `Bearer ${secret}`) return res.writeHead(401).end()
    told.push(webhookSchema.parse(JSON.parse(await text(req))))
    res.writeHead(200).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
  return { told, url, close: () => new Promise((resolve) => server.close(resolve)) }
}

type Started = { url: string; end: () => Promise<void>; stop: () => Promise<void> }

/** `checkout` fires in shop-prod and, silenced, in shop-staging; `payments` fires beside it. */
function describeAlerts(name: string, start: (webhook: { url: string; secret: string }) => Promise<Started>) {
  describe(name, () => {
    let hook: Awaited<ReturnType<typeof listener>>
    let system: Started | undefined
    beforeAll(async () => {
      hook = await listener()
      system = await start({ url: hook.url, secret })
    })
    afterAll(async () => {
      await system?.stop()
      await hook.close()
    })
    const row = (namespace: string, service = 'checkout') => ({
      ...{
        id: 'app_1',
        name: `${service}-prod`,
        project: 'shop',
        service,
        environment: 'prod',
        target: null,
      },
      ...{ version: null, namespace, labels: {}, resources: [], at: new Date(startedMs - 120_000) },
    })
    const read = (namespace: string, service?: string) => {
      const queries = [[row(namespace, service)], [row(namespace, service)], []]
      const db = { $queryRaw: async () => queries.shift() ?? [] } as unknown as Db
      const config = { signals: { alerts: { url: system?.url ?? '' } } }
      const window = { from: instant(startedMs - 3_600_000), to: instant(Date.now()) }
      const context = { db, config, read: createSignalClient().read }
      return readAlerts(context, viewer, 'app_1', window, instant(Date.now()))
    }

    test('what fires, of this application only, with its onset', async () => {
      const view = await read('shop-prod')
      expect(view?.listed).toEqual({ is: 'answered' })
      expect(view?.alerts).toMatchObject([
        {
          ...{ of: 'system', name: 'HighErrorRatio', severity: 'critical', state: 'firing', endsAt: null },
          labels: { namespace: 'shop-prod', app: 'checkout' },
          onset: { is: 'after' },
        },
      ])
      expect(view?.alerts[0]?.summary).toContain('checkout')
      expect((await read('shop-prod', 'nobody'))?.alerts).toEqual([])
    })

    test('a silenced alert is shown, with its silence', async () => {
      const view = await read('shop-staging')
      expect(view?.alerts).toMatchObject([{ state: 'silenced', silences: [{ by: 'mei' }] }])
      expect(view?.silences).toMatchObject([{ createdBy: 'mei', status: { state: 'active' } }])
      expect((await read('shop-prod'))?.silences).toEqual([])
    })

    test('the webhook is told what fires and what ends, as we read it', async () => {
      const heard = (app: string, status: string) =>
        hook.told
          .flatMap(({ alerts }) => alerts)
          .find((each) => each.labels.app === app && each.status === status)
      await vi.waitFor(() => expect(heard('checkout', 'firing')).toBeDefined(), { timeout: 15_000 })
      await system?.end()
      await vi.waitFor(() => expect(heard('payments', 'resolved')).toBeDefined(), { timeout: 15_000 })
      const [begun, ended] = [heard('payments', 'firing'), heard('payments', 'resolved')]
      expect(ended).toMatchObject({ fingerprint: begun?.fingerprint, startsAt: begun?.startsAt })
      expect((ended?.endsAt ?? '') > (ended?.startsAt ?? '')).toBe(true)
      expect(heard('checkout', 'resolved')).toBeUndefined()
    })
  })
}

const rollout = (atMs: number, bad: boolean) => ({ atMs, version: bad ? '2' : '1', bad })
describeAlerts('the practice platform', async (webhook) => {
  let paymentsOver = false
  const workloads = () => [
    ...['shop-prod', 'shop-staging'].map((namespace) => ({
      ...{ app: 'checkout', namespace, rollouts: [rollout(startedMs - 240_000, true)] },
    })),
    {
      ...{ app: 'payments', namespace: 'shop-prod' },
      rollouts: [
        rollout(startedMs - 240_000, true),
        ...(paymentsOver ? [rollout(Date.now() - 1, false)] : []),
      ],
    },
  ]
  const signals = await startSignals({ port: 0, workloads, now: () => Date.now() })
  const stopTelling = tellWebhook(webhook, { workloads, now: () => Date.now() }, 20)
  const end = async () => {
    paymentsOver = true
  }
  const stop = async () => {
    stopTelling()
    await signals.close()
  }
  return { url: signals.alerts, end, stop }
})

if ('missing' in found) {
  console.info(`Skipped: alerts against a real Alertmanager (${found.missing}).`)
  describe('a real Alertmanager', () => test.skip(found.missing, () => {}))
} else {
  describeAlerts('a real Alertmanager', async (webhook) => {
    const am = await startAlertmanager(found.binary, webhook)
    const alert = (app: string, namespace: string, more: object = {}) => ({
      labels: { alertname: 'HighErrorRatio', severity: 'critical', namespace, app },
      annotations: { summary: `More than 5% of the requests to ${app} fail.` },
      startsAt: new Date(startedMs).toISOString(),
      ...more,
    })
    const matcher = (name: string, value: string) => ({ name, value, isRegex: false, isEqual: true })
    await am.silence({
      matchers: [matcher('namespace', 'shop-staging'), matcher('app', 'checkout')],
      startsAt: new Date(startedMs).toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      ...{ createdBy: 'mei', comment: 'known' },
    })
    await am.send([
      alert('checkout', 'shop-prod'),
      alert('checkout', 'shop-staging'),
      alert('payments', 'shop-prod'),
    ])
    const end = () => am.send([alert('payments', 'shop-prod', { endsAt: new Date().toISOString() })])
    return { url: am.url, end, stop: am.stop }
  })
}
