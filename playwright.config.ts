import { defineConfig } from '@playwright/test'
import { browserLaunch } from './scripts/browser.mjs'

/** Set by `npm test`, which picks a free port; by hand the default will do. */
const port = process.env.COUNTERSIGN_E2E_PORT ?? '3900'
const address = `http://127.0.0.1:${port}`

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // One practice platform for all files: one of them takes it down, and the last one forges its log.
  workers: 1,
  // What is waited for comes within a second or two; a machine that does five other things at once is no defect.
  timeout: 180_000,
  expect: { timeout: 40_000 },
  forbidOnly: process.env.CI !== undefined,
  use: {
    baseURL: address,
    viewport: { width: 1440, height: 900 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    actionTimeout: 30_000,
    // Traces double the time of a run; the page as text is kept beside each failure.
    trace: 'off',
    launchOptions: browserLaunch(),
  },
  webServer: {
    command: `node scripts/demo.mjs --fresh --port ${port} --dir .countersign/e2e`,
    url: `${address}/api/health`,
    timeout: 180_000,
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: 'pipe',
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
  },
})
