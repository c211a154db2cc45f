import { expect, test } from './fixtures.ts'
import { followRelease } from './live.ts'
import { approve, openApplication, readRelease, requestRelease } from './steps.ts'

test('a commit between approval and dispatch makes the release stale', async ({ as, sandbox }) => {
  const [jonas, anna, marta] = [await as('jonas'), await as('anna'), await as('marta')]
  await openApplication(jonas, 'search')
  const id = await requestRelease(jonas, 'Typing should not search at once')
  const release = jonas.url()
  await anna.goto(release)
  await approve(anna)

  // While Argo CD does not answer, an approved release waits; that is when the commit lands.
  await sandbox.down()
  await marta.goto(release)
  await approve(marta)
  await expect.poll(async () => (await readRelease(jonas, id)).state).not.toBe('requested')
  await sandbox.commit({
    service: 'search',
    version: '3.6.1',
    envs: ['prod'],
    message: 'search: 3.6.1 to prod',
  })
  await sandbox.heal()

  const states = await followRelease(jonas, id)
  expect(states.at(-1)?.state).toBe('stale')
  expect(await sandbox.syncs('search-prod')).toEqual([])
  const { ending } = await readRelease(jonas, id)
  expect(ending).toBeTruthy()
  for (const page of [jonas, anna, marta]) {
    await expect(page.getByRole('main').getByText('Stale', { exact: true }).first()).toBeVisible()
    await expect(
      page
        .getByRole('main')
        .getByText(ending ?? '')
        .first(),
    ).toBeVisible()
  }
})
