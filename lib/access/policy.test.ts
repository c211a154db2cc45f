import { describe, expect, test } from 'vitest'
import {
  can,
  type Grant,
  grantsFor,
  type Permission,
  permissions,
  readScope,
  rolesWith,
  type Viewer,
} from './policy.ts'

const viewer = (grants: Grant[], more: Partial<Viewer> = {}): Viewer => ({
  accountId: 'usr_1',
  personId: 'per_1',
  name: 'Anna Beck',
  initials: 'AB',
  groups: [],
  grants,
  service: false,
  enabled: true,
  ...more,
})
const shopProd = { project: 'shop', environment: 'prod' }
const all: Permission[] = [
  'read',
  'request:release',
  'withdraw:release',
  'decide:release',
  'read:log',
  'export:evidence',
  'sample',
  'pause',
  'resume',
]

test.each<[Grant['role'] | 'nobody', Permission[]]>([
  ['nobody', []],
  ['viewer', ['read']],
  ['developer', ['read', 'request:release', 'withdraw:release']],
  ['approver', ['read', 'decide:release', 'pause']],
  ['auditor', ['read', 'read:log', 'export:evidence', 'sample']],
  ['admin', ['read', 'read:log', 'export:evidence', 'pause', 'resume']],
])('%s may %j', (role, allowed) => {
  const person = viewer(role === 'nobody' ? [] : [{ role }])
  expect(all.filter((permission) => can(person, permission, shopProd))).toEqual(allowed)
  expect(all.filter((permission) => can(person, permission))).toEqual(allowed)
})

test('only the role approver decides', () => {
  const deciding = Object.entries(permissions).filter(([, list]) =>
    (list as readonly string[]).includes('decide:release'),
  )
  expect(deciding.map(([role]) => role)).toEqual(['approver'])
})

test.each<[string, Grant, Permission, boolean]>([
  ['the project', { role: 'approver', projects: ['shop'] }, 'decide:release', true],
  ['another project', { role: 'approver', projects: ['payments'] }, 'decide:release', false],
  ['no project', { role: 'approver', projects: [] }, 'decide:release', false],
  ['the environment', { role: 'approver', environments: ['prod'] }, 'decide:release', true],
  ['another environment', { role: 'approver', environments: ['staging'] }, 'decide:release', false],
  ['another environment, reading', { role: 'approver', environments: ['staging'] }, 'read', true],
  ['another project, reading', { role: 'approver', projects: ['payments'] }, 'read', false],
  ['another spelling', { role: 'approver', projects: ['Shop'] }, 'decide:release', false],
])('a grant for %s', (_, grant, permission, allowed) => {
  expect(can(viewer([grant]), permission, shopProd)).toBe(allowed)
})

test('grants are not mixed: project of one and environment of another do not add up', () => {
  const person = viewer([
    { role: 'approver', projects: ['shop'], environments: ['staging'] },
    { role: 'approver', projects: ['payments'], environments: ['prod'] },
    { role: 'developer' },
  ])
  expect(can(person, 'decide:release', shopProd)).toBe(false)
})

test('a disabled account may nothing, a service identity everything but decide', () => {
  const grants: Grant[] = [{ role: 'approver' }, { role: 'developer' }]
  expect(all.filter((permission) => can(viewer(grants, { enabled: false }), permission))).toEqual([])
  expect(readScope(viewer(grants, { enabled: false }))).toBe('none')
  expect(can(viewer(grants, { service: true }), 'decide:release', shopProd)).toBe(false)
  expect(can(viewer(grants, { service: true }), 'request:release', shopProd)).toBe(true)
})

describe('grantsFor', () => {
  const grants = [
    { group: '/shop/approvers', role: 'approver' as const, projects: ['shop'] },
    { group: '/auditors', role: 'auditor' as const },
  ]
  test.each([
    [['/shop/approvers'], [{ role: 'approver', projects: ['shop'] }]],
    [
      ['/auditors', '/shop/approvers'],
      [{ role: 'approver', projects: ['shop'] }, { role: 'auditor' }],
    ],
    [['/Shop/Approvers'], []],
    [['shop/approvers'], []],
    [['/shop/approvers/lead'], []],
    [[], []],
    [undefined, []],
  ])('%j', (groups, expected) => {
    expect(grantsFor(groups, grants)).toEqual(expected)
  })
})

test.each<[Grant[], ReturnType<typeof readScope>]>([
  [[], 'none'],
  [[{ role: 'auditor' }], 'all'],
  [[{ role: 'developer', projects: ['shop'] }], { projects: ['shop'] }],
  [
    [
      { role: 'approver', projects: ['shop', 'pay'] },
      { role: 'developer', projects: ['shop'] },
    ],
    { projects: ['pay', 'shop'] },
  ],
  [[{ role: 'approver', projects: ['shop'] }, { role: 'admin' }], 'all'],
])('readScope of %j', (grants, expected) => {
  expect(readScope(viewer(grants))).toEqual(expected)
})

test('a refusal can name the roles that would do', () => {
  expect(rolesWith('read:log')).toEqual(['auditor', 'admin'])
  expect(rolesWith('decide:release')).toEqual(['approver'])
})
