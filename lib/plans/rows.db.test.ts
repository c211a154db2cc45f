import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import { readPlanRows } from './loaders.ts'
import type { ResourceDiff } from './plan.ts'

const { urls } = await testDatabase()
let admin: pg.Client
let db: Db
let plan: string

const viewer = (projects: string[]): Viewer => ({
  ...{ accountId: newId('account'), personId: newId('person'), name: 'Anna', initials: 'A', groups: [] },
  ...{ service: false, enabled: true },
  grants: [{ role: 'approver', projects }],
})
const line = (n: number) => ({ kind: 'added' as const, text: `line ${n}`, after: n })
const resource = (name: string, lines: number): ResourceDiff => ({
  ...{ group: '', kind: 'ConfigMap', namespace: 'shop', name, change: 'added' },
  ...{ noiseLines: 0, risks: [], hiddenValues: false, tooLarge: false },
  hunks: [{ lines: Array.from({ length: lines }, (_, i) => line(i + 1)) }],
})

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  db = createDb(urls.web)
  const application = await seed.seedApplication(admin, 'rows')
  const resources = [resource('small', 1), resource('large', 1000)]
  plan = await seed.seedPlan(admin, application, {
    document: { diff: { kind: 'known', resources, noiseLines: 0, risks: 0 } },
  })
})
afterAll(async () => {
  await db.$disconnect()
  await admin.end()
})

const look = { view: 'unified', onlyChanged: false } as const
const part = { object: 1, from: 400, limit: 2, look }

test('a part of one object is read, and where a line of it stands', async () => {
  const [{ project }] = (await admin.query('SELECT project FROM catalog.application')).rows
  const rows = await readPlanRows(db, viewer([project]), plan, part)
  expect(rows).toMatchObject({
    count: 1000,
    from: 400,
    rows: [{ right: { n: 401, text: 'line 401' } }, { right: { n: 402 } }],
  })
  expect(await readPlanRows(db, viewer([project]), plan, { ...part, line: 'r900' })).toEqual({ row: 899 })
  expect(await readPlanRows(db, viewer([project]), plan, { ...part, object: 2 })).toBeNull()
  expect(await readPlanRows(db, viewer([project]), 'f'.repeat(64), part)).toBeNull()
})

test('nobody reads the plan of a project that is not theirs', async () => {
  expect(await readPlanRows(db, viewer(['elsewhere']), plan, part)).toBeNull()
  expect(await readPlanRows(db, { ...viewer([]), grants: [] }, plan, part)).toBeNull()
})
