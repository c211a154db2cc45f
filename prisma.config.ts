import { defineConfig } from 'prisma/config'

/** Read by `prisma generate` only: migrations run through lib/platform/migrate.ts, which needs no engine download. */
export default defineConfig({ schema: 'prisma' })
