import { afterEach, beforeEach } from 'vitest'

/** Loaded before every test file: what a test prints as a warning or an error is a failure, not noise. */
let complaints: string[] = []

for (const kind of ['error', 'warn'] as const) {
  console[kind] = (...values: unknown[]) => {
    complaints.push(
      `console.${kind}: ${values.map((value) => (value instanceof Error ? value.stack : String(value))).join(' ')}`,
    )
  }
}

beforeEach(() => {
  complaints = []
})

afterEach(() => {
  if (complaints.length > 0) throw new Error(complaints.join('\n'))
})
