import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

// npm tells its shell of a signal, and the shell tells nobody: SIGINT to npm alone would end nothing.
test.each(['demo', 'start', 'web', 'worker', 'signer', 'sandbox'])(
  'npm run %s leaves no shell between npm and us',
  (name) => {
    expect(scripts[name]).toMatch(/^exec node /)
  },
)
