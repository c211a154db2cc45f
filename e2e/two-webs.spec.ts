import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { startEmbedded } from '#lib/platform/embedded.ts'
import { paths } from '#lib/platform/paths.ts'
import { freePort } from '#lib/platform/postmaster.ts'
import { databaseUrl, roleName } from '#lib/platform/role-names.ts'
import { expect, test } from './fixtures.ts'
import { e2eDir } from './sandbox.ts'
import { openApplication, reject, requestRelease } from './steps.ts'

let second: ChildProcess
let address: string

// A second web beside the one of the run, as another replica would stand behind the same address.
test.beforeAll(async () => {
  const { adminUrl, passwords } = await startEmbedded({ dir: `${e2eDir()}/.countersign/postgres` })
  const account = { user: roleName('web'), password: passwords.web }
  const port = await freePort()
  address = `http://127.0.0.1:${port}`
  second = spawn(process.execPath, ['lib/worker/web.ts'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      NODE_ENV: 'production',
      COUNTERSIGN_PROCESS: 'web',
      COUNTERSIGN_CONFIG: `${e2eDir()}/countersign.yaml`,
      COUNTERSIGN_HOME: `${e2eDir()}/.countersign`,
      DATABASE_URL_WEB: databaseUrl(adminUrl, 'countersign', account),
      PORT: String(port),
    },
  })
  const answers = () =>
    fetch(address + paths.api.health).then(
      ({ ok }) => ok,
      () => false,
    )
  await expect.poll(answers).toBe(true)
})

test.afterAll(async () => {
  const ended = once(second, 'exit')
  second.kill('SIGTERM')
  await ended
})

test('what happens through one web shows on a page of the other', async ({ as }) => {
  const [jonas, anna] = [await as('jonas'), await as('anna')]
  await openApplication(jonas, 'gateway')
  const id = await requestRelease(jonas, 'Longer idle timeout')
  // Cookies do not know ports: jonas is the same person at the second web.
  await jonas.goto(address + paths.release(id))
  // An earlier test may have taken Argo CD down; the worker comes back to it with growing pauses.
  await expect(jonas.getByRole('button', { name: /^Live/ })).toBeVisible()
  await expect(jonas.getByText('0 of 2 approved')).toBeVisible()

  await anna.goto(paths.release(id))
  await reject(anna, 'Not before the weekend')
  await expect(jonas.getByText('Rejected').first()).toBeVisible()
})
