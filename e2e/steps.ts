import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { paths } from '#lib/platform/paths.ts'
import type { ReleaseRow } from '#lib/releases/data.ts'
import { expect, type Page, test } from './fixtures.ts'
import { e2eDir } from './sandbox.ts'

/** What somebody reads through the API with the rights of their page. */
export async function readJson<T>(page: Page, path: string): Promise<T> {
  // A connection that rested may be closed from the other side just then; browsers ask again, too.
  const response = await page.request.get(path, { maxRetries: 3 })
  expect(response.ok(), `${path}: ${response.status()}`).toBe(true)
  return (await response.json()) as T
}

export const readRelease = (page: Page, id: string) => readJson<ReleaseRow>(page, paths.api.release(id))

/** Waits for the plan that an application out of sync gets, then opens the application's page. */
export async function openApplication(page: Page, service: string, environment = 'prod'): Promise<void> {
  type Answer = { rows: { service: string; cells: Record<string, { application: string } | undefined> }[] }
  const { rows } = await readJson<Answer>(page, paths.api.services({ q: service }))
  const application = rows.find((row) => row.service === service)?.cells[environment]?.application
  if (!application) throw new Error(`${service} is not deployed in ${environment}`)
  await page.goto(paths.application(application))
}

/** Fills in the dialog on the application's page; ends on the page of the release and returns its id. */
export async function requestRelease(page: Page, reason: string): Promise<string> {
  await page.getByRole('button', { name: 'Request release…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill(reason)
  await dialog.getByRole('button', { name: 'Request release' }).click()
  await page.waitForURL(/\/releases\/rel_/)
  return new URL(page.url()).pathname.split('/').at(-1) ?? ''
}

/** The button that opens the dialog; with the last signature that is missing it says that the release starts. */
export const approveButton = (page: Page) => page.getByRole('button', { name: /^Approve( and release)?…$/ })

/** Says under the last change that it was read: without that, nobody can approve. */
export async function acknowledge(page: Page): Promise<void> {
  const read = page.getByLabel('I have read the changes')
  await read.check()
  await expect(approveButton(page)).not.toHaveAttribute('aria-disabled', 'true')
}

export async function approve(page: Page): Promise<void> {
  await acknowledge(page)
  await approveButton(page).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await dialog.getByRole('button', { name: /^Approve( and release)?$/ }).click()
  await expect(dialog).toBeHidden()
}

export async function reject(page: Page, why: string): Promise<void> {
  await page.getByRole('button', { name: 'Reject…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Why').fill(why)
  await dialog.getByRole('button', { name: 'Reject' }).click()
  await expect(dialog).toBeHidden()
}

/** What the verifier that the portal hands out says of files, with the key of this run: alone, in an empty folder. */
export async function verifyOffline(page: Page, ...files: string[]): Promise<{ code: number; text: string }> {
  const program = test.info().outputPath('countersign-verify.mjs')
  await writeFile(program, await (await page.request.get(paths.api.verifier(), { maxRetries: 3 })).body())
  const vkey = resolve(e2eDir(), '.countersign/signer/log.vkey')
  const options = { cwd: dirname(program), env: { NODE_ENV: 'production' } as const }
  return run(process.execPath, [program, '--vkey', vkey, ...files], options)
}

/** `npm run verify` on the database of this run: exit code and what it printed. */
export async function verify(): Promise<{ code: number; text: string }> {
  const env = {
    ...process.env,
    COUNTERSIGN_CONFIG: `${e2eDir()}/countersign.yaml`,
    COUNTERSIGN_HOME: `${e2eDir()}/.countersign`,
  }
  return run(process.execPath, ['--conditions=react-server', 'lib/audit/verify-cli.ts'], { env })
}

async function run(
  program: string,
  args: string[],
  options: { cwd?: string; env: NodeJS.ProcessEnv },
): Promise<{ code: number; text: string }> {
  try {
    const { stdout } = await promisify(execFile)(program, args, options)
    return { code: 0, text: stdout }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, text: stdout + stderr }
  }
}
