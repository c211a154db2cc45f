import { defineConfig } from '@playwright/test'
import { browserLaunch } from './scripts/browser.mjs'

/** Set by `npm test`, which picks free ports; by hand the default will do. */
const port = Number(process.env.COUNTERSIGN_E2E_PORT ?? '3900')

/**
 * Two practice platforms, each for files that run one after the other: most of one half waits, for an outage or a
 * rollout, while the other half computes. In one, pages are only read, more or less; in the other, the platform is taken
 * down, and the last file forges its log.
 */
const halves = [
  { name: 'pages', testMatch: /(findings|pages|search|signals|structure|time-travel)\.spec/, port },
  {
    name: 'releases',
    testIgnore: /(findings|pages|search|signals|structure|time-travel)\.spec/,
    port: port + 10,
  },
].map(({ port, ...project }) => ({
  ...project,
  workers: 1,
  metadata: { dir: `.countersign/e2e-${project.name}` },
  use: { baseURL: `http://127.0.0.1:${port}` },
  server: `node scripts/demo.mjs --fresh --port ${port} --dir .countersign/e2e-${project.name}`,
}))
const [first, second] = halves

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: halves.length,
  projects: halves.map(({ server: _, ...project }) => project),
  // What is waited for comes within a second or two; a machine that does five other things at once is no defect.
  timeout: 180_000,
  expect: { timeout: 40_000 },
  forbidOnly: process.env.CI !== undefined,
  use: {
    viewport: { width: 1440, height: 900 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    actionTimeout: 30_000,
    // Traces double the time of a run; the page as text is kept beside each failure.
    trace: 'off',
    launchOptions: browserLaunch(),
  },
  // The first builds what is not built yet; who uses the second waits for it in e2e/fixtures.ts.
  webServer: [
    { command: first?.server, url: `${first?.use.baseURL}/api/health`, timeout: 180_000 },
    { command: second?.server },
  ].map((server) => ({
    ...server,
    command: server.command ?? '',
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: 'pipe',
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
  })),
})
