import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readerOf, unfit } from './reader.ts'
import { applicationSchema } from './schema.ts'

const recorded = join(import.meta.dirname, '../../sandbox/recordings/argocd/applications')
const applications = readdirSync(recorded)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(recorded, name), 'utf8')).response.body as unknown)
  .flatMap((body) => (body as { items?: unknown[] } | null)?.items ?? [body])
  .filter((each) => applicationSchema.safeParse(each).success)

function expectSame(schema: z.ZodType, value: unknown): void {
  const parsed = schema.safeParse(value)
  const read = readerOf(schema)(value)
  expect(read).toEqual(parsed.success ? parsed.data : unfit)
  expect(JSON.stringify(read)).toBe(parsed.success ? JSON.stringify(parsed.data) : undefined)
}

/** Every place in a value, so that one of them can be replaced. */
function places(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([name, each]) => places(each, [...path, name]))]
}

function replaced(value: unknown, path: string[], by: unknown): unknown {
  const copy = structuredClone({ root: value })
  let at = copy as Record<string, unknown>
  for (const name of ['root', ...path.slice(0, -1)]) at = at[name] as Record<string, unknown>
  const last = path.at(-1)
  if (last !== undefined) at[last] = by
  return path.length === 0 ? by : copy.root
}

describe('the quick reader', () => {
  it('reads every recorded application as the schema does', () => {
    expect(applications.length).toBeGreaterThan(5)
    for (const one of applications) expectSame(applicationSchema, one)
  })

  it('agrees with the schema about whatever stands anywhere in an application', () => {
    const application = applications[0]
    const everywhere = places(application)
    const other = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        undefined,
        '',
        {},
        [],
        0,
        Number.POSITIVE_INFINITY,
        true,
        '2026-01-01T00:00:00Z',
        ['a', 1],
        {
          name: 'x',
        },
      ),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(fc.constantFrom(...everywhere), other, (path, by) => {
        expectSame(applicationSchema, replaced(application, path, by))
      }),
      { numRuns: 500 },
    )
  })

  it('leaves to the schema what it does not know', () => {
    const schema = z.object({
      n: z.number().min(3),
      u: z.union([z.string(), z.number()]),
      d: z.string().default('d'),
      e: z.enum(['a', 'b']).optional(),
    })
    for (const value of [
      { n: 3, u: 1 },
      { n: 2, u: 1 },
      { n: 4, u: 'x', d: 'y', e: 'a' },
      { n: 4, u: 'x', e: 'c' },
    ])
      expectSame(schema, value)
  })

  it('says "unfit" to a prototype in disguise', () => {
    const value = JSON.parse('{"metadata":{"name":"a","labels":{"__proto__":"x"}}}')
    expect(readerOf(applicationSchema)(value)).toBe(unfit)
  })
})
