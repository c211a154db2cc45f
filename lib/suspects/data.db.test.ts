import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deploymentFor } from '#lib/logs/data.ts'
import { instant } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { deploymentsAround } from './data.ts'
import { rankSuspects } from './suspect.ts'

const { urls } = await testDatabase()
const admin = new pg.Client({ connectionString: urls.admin })
const db = createDb(urls.web)
const at = instant('2026-11-24T10:42:00Z')
let checkout: { id: string; name: string; env: string }

async function seed(
  name: string,
  place: { project?: string; namespace?: string; team?: string; env?: string },
) {
  const id = newId('application')
  const { project = 'shop', namespace = `${name}-ns`, team = null, env = 'prod' } = place
  await admin.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, project, service, environment, team, observed)
     VALUES ($1, 'main', 'argocd', $2, $3, $4, $5, $6, $7)`,
    [id, `${name}-${env}`, project, name, env, team, JSON.stringify({ destination: { namespace } })],
  )
  return { id, name, env }
}
async function deploy(
  app: { id: string; name: string; env: string },
  time: string,
  version: string,
  until?: string,
) {
  const from = `2026-11-24T${time}:00Z`
  await admin.query(
    `INSERT INTO catalog.deployment (id, application_id, during, sync_started_at, service, environment, revisions, version, cause, known_from)
     VALUES ($1, $2, tstzrange($3, $4), $3, $5, $6, ARRAY['a'], $7, 'automation', 'history')`,
    [newId('deployment'), app.id, from, until ? `2026-11-24T${until}:00Z` : null, app.name, app.env, version],
  )
}

beforeAll(async () => {
  await admin.connect()
  await admin.query("INSERT INTO catalog.instance (name) VALUES ('main')")
  checkout = await seed('checkout', { namespace: 'shop-prod', team: 'buy' })
  await deploy(checkout, '01:00', '1', '10:00')
  await deploy(checkout, '10:00', '2')
  await deploy(await seed('payments', { namespace: 'shop-prod', project: 'money' }), '10:40', '5')
  await deploy(await seed('search', { team: 'buy', project: 'find' }), '10:41', '7')
  await deploy(await seed('far', { project: 'other' }), '10:41', '7')
  await deploy(await seed('catalog', {}), '10:50', '3')
  await deploy(await seed('checkout', { env: 'staging' }), '10:41', '9')
})
afterAll(async () => {
  await db.$disconnect()
  await admin.end()
})

const around = async (scope: Parameters<typeof deploymentsAround>[1], environment = 'prod') => {
  const deployed = await deploymentsAround(db, scope, { service: 'checkout', environment }, at)
  return (
    deployed &&
    rankSuspects(deployed, at).map(
      ({ name, reach, before, version }) => `${name} ${reach} ${before}→${version}`,
    )
  )
}

test('the service and its neighbours in one environment, ranked; strangers are not among them', async () => {
  expect(await around('all')).toEqual([
    'checkout-prod service 1→2',
    'payments-prod namespace null→5',
    'search-prod team null→7',
    'checkout-prod service null→1',
    'catalog-prod project null→3',
  ])
})

test('only what somebody may read', async () => {
  expect(await around({ projects: ['shop'] })).toEqual([
    ...['checkout-prod service 1→2', 'checkout-prod service null→1', 'catalog-prod project null→3'],
  ])
  expect(await around({ projects: ['money'] })).toBeNull()
  expect(await around('none')).toBeNull()
  expect(await around('all', 'dev')).toBeNull()
})

test('the deployment that signals are held against: the newest, or the one that began at a moment', async () => {
  const of = (moment?: string) =>
    deploymentFor(db, checkout.id, moment === undefined ? undefined : instant(moment))
  expect(await of()).toEqual({ at: '2026-11-24T10:00:00.000Z', version: '2' })
  expect(await of('2026-11-24T00:59:30Z')).toEqual({ at: '2026-11-24T00:59:30.000Z', version: '1' })
  // Not in the history yet: the moment is known all the same.
  expect(await of('2026-11-24T12:00:00Z')).toEqual({ at: '2026-11-24T12:00:00.000Z', version: null })
  expect(await deploymentFor(db, 'app_none', undefined)).toBeNull()
})
