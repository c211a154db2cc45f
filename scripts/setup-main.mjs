// npm run setup: everything that development needs, without starting anything.
import { setUp } from './setup.mjs'
import { command } from './steps.mjs'

await command(async () => {
  await setUp({ parts: ['client'] })
})
