import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const everywhere = ['**/node_modules/**', '.countersign/**', '.next/**', 'e2e/**']
const special = ['**/*.db.test.ts', '**/*.real.test.ts']

/** What takes longest, as a whole: started last it would leave a core idle, and most of its time it waits. */
const longest = [
  'sandbox/oidc/keycloak.real',
  'lib/catalog/truth.db',
  'lib/dispatch/stateful.db',
  'lib/search/fleet.db',
  'lib/structure/fleet.db',
  'scripts/demo.real',
  'lib/catalog/ingest.db',
  'lib/worker/worker.db',
  'lib/catalog/explain.real',
  'lib/catalog/trust.db',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((name) => moduleId.includes(name))
      return at < 0 ? longest.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  resolve: {
    // The package throws outside React's server condition; the condition itself would take hooks away from components.
    alias: { 'server-only': join(import.meta.dirname, 'node_modules/server-only/empty.js') },
  },
  test: {
    setupFiles: ['lib/platform/testing-console.ts'],
    restoreMocks: true,
    sequence: { sequencer: LongestFirst },
    // What hangs is found all the same; on a machine that does five other things, five seconds are soon over.
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // One less than there are cores is one of two: tests that wait for Postgres would leave the other idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...everywhere, ...special],
          // What is pure keeps nothing from file to file; loading it anew for each took longer than the tests.
          isolate: false,
        },
      },
      {
        test: {
          name: 'data',
          include: ['**/*.db.test.ts'],
          exclude: everywhere,
          globalSetup: ['lib/platform/testing.ts'],
        },
      },
      {
        test: {
          name: 'real',
          include: ['**/*.real.test.ts'],
          exclude: everywhere,
          globalSetup: ['lib/platform/testing.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
