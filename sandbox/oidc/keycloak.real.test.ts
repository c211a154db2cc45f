import { describe, test } from 'vitest'
import { findTools, startKeycloak } from './keycloak.ts'
import { applicationOrigin, describeSignIn } from './sign-in-contract.ts'

const tools = findTools()
const cacheDir = new URL('../../.countersign/cache', import.meta.url).pathname
const startTimeoutMs = 300_000

if ('missing' in tools) {
  console.info(`Skipped: sign-in against a real Keycloak (${tools.missing}).`)
  describe('a real Keycloak', () => test.skip(tools.missing, () => {}))
} else {
  describeSignIn('a real Keycloak', () => startKeycloak(tools, cacheDir, applicationOrigin), startTimeoutMs)
}
