import { paths } from '#lib/platform/paths.ts'
import { expect, test } from './fixtures.ts'
import { followRelease } from './live.ts'
import { approve, approveButton, openApplication, reject, requestRelease } from './steps.ts'

test('whoever is in no group sees nothing, and reads why', async ({ as }) => {
  const nora = await as('nora')
  for (const path of [paths.services(), paths.inbox(), paths.history()]) {
    await nora.goto(path)
    await expect(nora.getByText('There is nothing here for you yet')).toBeVisible()
    await expect(nora.getByRole('main')).toContainText('You lack the right to see')
    await expect(nora.getByRole('main')).toContainText('Groups seen: none at all')
  }
  await expect(nora.getByRole('main')).not.toContainText('checkout')
})

test('a rejection ends a release for good; a developer cannot decide', async ({ as, sandbox }) => {
  const [jonas, mei, anna] = [await as('jonas'), await as('mei'), await as('anna')]
  await openApplication(jonas, 'payments')
  const id = await requestRelease(jonas, 'Ask the bank twice')
  await mei.goto(jonas.url())
  await expect(approveButton(mei)).toHaveAccessibleDescription(
    'None of your groups may approve releases to prod.',
  )
  await anna.goto(jonas.url())
  const following = followRelease(jonas, id)
  await reject(anna, 'The bank is in maintenance until Thursday')
  expect((await following).at(-1)?.state).toBe('rejected')
  for (const page of [jonas, mei, anna]) {
    await expect(page.getByRole('main').getByText('Rejected').first()).toBeVisible()
    await expect(page.getByText(/The bank is in maintenance until Thursday/).first()).toBeVisible()
  }
  expect(await sandbox.syncs('payments-prod')).toEqual([])
})

const troubles = [
  {
    service: 'always-degrades',
    state: 'degraded',
    look: 'Released, degraded',
    why: /Argo CD says Degraded/,
    syncs: 1,
  },
  { service: 'sync-refused', state: 'failed', look: 'Failed', why: /blocked by sync window/, syncs: 0 },
] as const

for (const { service, state, look, why, syncs } of troubles)
  test(`${service} ends ${state}, with words`, async ({ as, sandbox }) => {
    const [jonas, anna, marta] = [await as('jonas'), await as('anna'), await as('marta')]
    await openApplication(jonas, service)
    const id = await requestRelease(jonas, 'To see it fail')
    for (const approver of [anna, marta]) {
      await approver.goto(jonas.url())
      await approve(approver)
    }
    expect((await followRelease(jonas, id)).at(-1)?.state).toBe(state)
    await expect(jonas.getByRole('main').getByText(look).first()).toBeVisible()
    await expect(jonas.getByRole('main').getByText(why).first()).toBeVisible()
    expect(await sandbox.syncs(`${service}-prod`)).toHaveLength(syncs)
  })
