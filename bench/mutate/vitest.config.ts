import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const root = join(import.meta.dirname, '..', '..')

/** The pure tests of what is mutated, and nothing else: a mutant is tried in a fraction of a second. */
export default defineConfig({
  root,
  resolve: { alias: { 'server-only': join(root, 'node_modules/server-only/empty.js') } },
  test: {
    include: ['lib/{access,releases,freezes,dispatch,manifests,structure}/*.test.ts'],
    exclude: ['**/*.db.test.ts', '**/*.real.test.ts'],
    isolate: false,
    testTimeout: 20_000,
  },
})
