import { paths } from '#lib/platform/paths.ts'
import { expect, expectAccessible, expectNoOverflow, test } from './fixtures.ts'
import { approve, openApplication, readRelease, requestRelease } from './steps.ts'

test('two people say how a release ended that nobody could follow', async ({ as, sandbox }) => {
  const [jonas, anna, marta] = [await as('jonas'), await as('anna'), await as('marta')]
  await openApplication(jonas, 'slow-sync')
  const id = await requestRelease(jonas, 'The queue should drain faster')
  for (const approver of [anna, marta]) {
    await approver.goto(paths.release(id))
    await approve(approver)
  }
  const state = async () => (await readRelease(jonas, id)).state

  await test.step('while Argo CD is away, somebody else syncs over it', async () => {
    await expect.poll(state).toBe('syncing')
    await sandbox.down()
    await sandbox.haste('slow-sync-prod')
    await expect.poll(() => sandbox.isBusy('slow-sync-prod')).toBe(false)
    await sandbox.foreignSync('slow-sync-prod')
    await sandbox.heal()
    await expect.poll(state).toBe('review')
  })

  await test.step('who asked for it reads why it is not for them', async () => {
    await jonas.goto(paths.release(id))
    const button = jonas.getByRole('button', { name: 'Say how it ended…' })
    await expect(button).toHaveAttribute('aria-disabled', 'true')
    await expect(button).toHaveAccessibleDescription(/Two other people/)
  })

  await test.step('one looks at the evidence and says what happened', async () => {
    await anna.goto(paths.inbox())
    await anna
      .getByRole('table', { name: 'Releases that wait for you' })
      .getByRole('link', { name: 'slow-sync', exact: true })
      .click()
    const review = anna.locator('section', { hasText: 'two people have to say how it ended' }).first()
    await expect(review).toContainText('Not ours (it does not carry the token)')
    await expect(review).toContainText('(the signed revision)')
    await expectAccessible(anna)
    await anna.getByRole('button', { name: 'Say how it ended…' }).click()
    const dialog = anna.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Record' }).click()
    await expect(dialog.getByText('Choose how it ended.')).toBeVisible()
    await dialog.getByLabel('This release').selectOption('succeeded')
    await dialog.getByLabel('What shows it').fill('The history has the signed revision')
    await expectAccessible(anna)
    await dialog.getByRole('button', { name: 'Record' }).click()
    await expect(dialog).toBeHidden()
    await expect(anna.getByRole('button', { name: 'Confirm…' })).toHaveAccessibleDescription(
      'You said how it ended. Another person has to confirm it.',
    )
    expect(await state()).toBe('review')
  })

  await test.step('another confirms exactly that, on a phone', async () => {
    const phone = await as('marta', { width: 390 })
    await phone.goto(paths.release(id))
    await expectNoOverflow(phone)
    await phone.getByRole('button', { name: 'Confirm…' }).click()
    const dialog = phone.getByRole('dialog')
    await expect(dialog).toContainText('The history has the signed revision')
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    await expect(dialog).toBeHidden()
    expect(await state()).toBe('succeeded')
    await expect(anna.getByRole('main')).toContainText('Two people found that it was released and is healthy')
  })
})
