import { expect, test } from 'vitest'
import { approverGroups } from './people.ts'

const grants = [
  { group: '/shop/approvers', role: 'approver' as const, projects: ['shop'], environments: ['prod'] },
  { group: '/shop/approvers', role: 'approver' as const },
  { group: '/payments/leads', role: 'approver' as const, projects: ['payments'] },
  { group: '/platform/admins', role: 'admin' as const },
]

test('the groups that may decide, each once; an admin does not decide', () => {
  expect(approverGroups(grants, { project: 'shop', environment: 'prod' })).toEqual(['/shop/approvers'])
  expect(approverGroups(grants, { project: 'payments', environment: 'prod' })).toEqual([
    '/shop/approvers',
    '/payments/leads',
  ])
  expect(approverGroups(grants.slice(0, 1), { project: 'shop', environment: 'staging' })).toEqual([])
})
