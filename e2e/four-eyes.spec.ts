import { readFile, writeFile } from 'node:fs/promises'
import { paths } from '#lib/platform/paths.ts'
import { expect, type Page, people, test } from './fixtures.ts'
import { expectShown, followRelease, recordStates } from './live.ts'
import { approve, approveButton, requestRelease, verify, verifyOffline } from './steps.ts'

type Asked = {
  tool: string
  range?: { from: string; to: string }
  queries: string[]
  labels: object
  problems: string[]
}

/** Opens a link of the release page as a person would, and reads what the tool behind it was asked for. */
async function asked(page: Page, name: string): Promise<Asked> {
  const opening = page.context().waitForEvent('page')
  await page.getByRole('link', { name: new RegExp(`^Open ${name}`) }).click()
  const tool = await opening
  await expect(tool.getByRole('heading', { name: 'As JSON' })).toBeVisible()
  const said = JSON.parse((await tool.locator('#asked').textContent()) ?? '') as Asked
  await tool.close()
  return said
}

test('a commit reaches production because two people signed exactly that', async ({ as, sandbox }) => {
  const reason = 'Invoices are one cent off <img src=x onerror=alert(1)>'
  const [jonas, anna, marta] = [await as('jonas'), await as('anna'), await as('marta')]

  await test.step('jonas sees that checkout is behind in prod and asks for it', async () => {
    await jonas.goto(paths.services())
    const row = jonas.getByRole('row', { name: /checkout/ })
    await expect(row).toContainText(/2 behind/)
    await row.getByRole('cell').last().getByRole('link').click()
    await expect(jonas.getByRole('heading', { level: 1 })).toContainText('checkout')
    const main = jonas.getByRole('main')
    await expect(main).toContainText('1.7.1')
    await expect(jonas.getByRole('heading', { name: 'Images' })).toBeVisible()
    await expect(main.getByText(/image: .*1\.7\.1/).first()).toBeVisible()
  })
  const id = await requestRelease(jonas, reason)
  const diff = await jonas.getByRole('region', { name: /Deployment checkout/ }).textContent()

  await test.step('he cannot approve it, and reads why', async () => {
    await expect(approveButton(jonas)).toHaveAccessibleDescription(
      'You asked for this release. Another person has to approve it.',
    )
    await expect(approveButton(jonas)).toHaveAttribute('aria-disabled', 'true')
  })

  for (const approver of [anna, marta]) {
    await approver.goto(paths.inbox())
    await approver
      .getByRole('main')
      .getByRole('link', { name: /checkout/ })
      .first()
      .click()
    await expect(approver.getByText(reason)).toBeVisible()
    await expect(approver.getByRole('region', { name: /Deployment checkout/ })).toHaveText(diff ?? '')
  }
  await test.step('marta asks, and jonas answers on the release', async () => {
    const question = 'Is the cent <b>covered</b> by a test?'
    await marta.getByLabel('Ask or answer').fill(question)
    await marta.getByRole('button', { name: 'Send' }).click()
    await expect(jonas.getByText(question)).toBeVisible()
    await jonas.getByLabel('Ask or answer').fill('Yes, with yesterday’s basket.')
    await jonas.getByRole('button', { name: 'Send' }).click()
    await expect(marta.getByText('Yes, with yesterday’s basket.')).toBeVisible()
    // From the same form once more: another message, not the first one again.
    await marta.getByLabel('Ask or answer').fill('Thank you.')
    await marta.getByRole('button', { name: 'Send' }).click()
    await expect(jonas.getByText('Thank you.')).toBeVisible()
  })
  const pages = [jonas, anna, marta]
  await Promise.all(pages.map(recordStates))

  await test.step('nobody approves what they have not said to have read', async () => {
    await expect(approveButton(anna)).toHaveAccessibleDescription(/First read the changes to their end/)
    await expect(jonas.getByLabel('I have read the changes')).toHaveCount(0)
  })

  await test.step('the first approval sends nothing', async () => {
    await approve(anna)
    for (const page of pages) await expect(page.getByText('1 of 2 approved')).toBeVisible()
    expect(await sandbox.syncs('checkout-prod')).toEqual([])
  })

  await test.step('the second sends exactly one sync, and all pages follow it', async () => {
    const following = followRelease(jonas, id)
    await approve(marta)
    const states = await following
    expect(states.at(-1)?.state).toBe('succeeded')
    for (const page of pages) {
      // A second is the aim; the annotation says what it was.
      const delays = await expectShown(page, states)
      test.info().annotations.push({ type: 'shown after ms', description: JSON.stringify(delays) })
    }
    expect(await sandbox.syncs('checkout-prod')).toHaveLength(1)
  })

  await test.step('links open the tools at this release', async () => {
    const syncedAtMs = Date.now()
    for (const name of ['Metrics', 'Logs', 'Grafana dashboard', 'Explore']) {
      const { problems, range, queries, labels } = await asked(jonas, name)
      expect(problems).toEqual([])
      expect(`${queries.join()} ${JSON.stringify(labels)}`).toContain('checkout')
      expect(`${queries.join()} ${JSON.stringify(labels)}`).toContain('shop-prod')
      const [fromMs, toMs] = [Date.parse(range?.from ?? ''), Date.parse(range?.to ?? '')]
      expect(syncedAtMs - fromMs).toBeGreaterThan(29 * 60_000)
      expect(syncedAtMs - fromMs).toBeLessThan(33 * 60_000)
      expect(Math.abs(syncedAtMs - toMs)).toBeLessThan(3 * 60_000)
    }
    expect((await asked(jonas, 'Alerts')).problems).toEqual([])
  })

  await test.step('dora reads who asked, who signed and what Argo CD answered', async () => {
    const dora = await as('dora')
    await dora.goto(paths.history({ release: id }))
    const table = dora.getByRole('table')
    for (const words of [
      new RegExp(`${people.jonas}.*requested plan .*Invoices are one cent off`),
      new RegExp(`${people.anna}.*approved plan`),
      new RegExp(`${people.marta}.*approved plan`),
      /committed intent 1/,
      /accepted the sync/,
      /found the release succeeded/,
    ])
      await expect(table.getByRole('row').filter({ hasText: words })).toHaveCount(1)
  })

  await test.step('and takes the evidence away: it is whole to bare Node, and one changed byte is found', async () => {
    const dora = await as('dora')
    await dora.goto(paths.release(id))
    const downloading = dora.waitForEvent('download')
    await dora.getByRole('button', { name: 'Evidence', exact: true }).click()
    const pack = await (await downloading).path()
    const genuine = await verifyOffline(dora, pack)
    expect(genuine.text).toContain(`the evidence pack is whole.\n  About release ${id}`)
    expect(genuine.code).toBe(0)
    const changed = test.info().outputPath('changed.evidence.json')
    const text = await readFile(pack, 'utf8')
    await writeFile(changed, text.slice(0, 200) + (text[200] === 'A' ? 'B' : 'A') + text.slice(201))
    expect((await verifyOffline(dora, changed)).code).toBe(2)
  })

  await test.step('the log is whole', async () => {
    const { code, text } = await verify()
    expect(text).toContain('The log is whole.')
    expect(code).toBe(0)
  })
})
