import { vi } from 'vitest'
import { pick } from './browser.ts'
import { startOidc } from './server.ts'
import { applicationOrigin, describeSignIn } from './sign-in-contract.ts'

describeSignIn(
  'the sandbox provider',
  async () => {
    // Only the clock is replaced: both sides run in this process, and nobody has to wait for a second to pass.
    vi.useFakeTimers({ toFake: ['Date'] })
    const provider = await startOidc({ port: 0, redirectUris: [`${applicationOrigin}/*`] })
    return {
      ...provider,
      submit: pick,
      nextSecond: async () => void vi.setSystemTime(Date.now() + 1000),
      close: async () => {
        vi.useRealTimers()
        await provider.close()
      },
    }
  },
  5000,
)
