import { writeFileSync } from 'node:fs'
import { configJsonSchema } from '#lib/platform/config-schema.ts'

// node deploy/write-schema.ts: after every change of the configuration's shape; a test compares.
writeFileSync(
  new URL('./countersign.schema.json', import.meta.url),
  `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
)
