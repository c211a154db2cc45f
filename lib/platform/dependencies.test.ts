import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const versions = z.record(z.string(), z.string())
const manifest = z
  .object({ dependencies: versions, devDependencies: versions })
  .parse(JSON.parse(read('package.json')))
const used = { ...manifest.dependencies, ...manifest.devDependencies }

test('every dependency has a line that says what for, and every line a dependency', () => {
  const explained = [...read('docs/dependencies.md').matchAll(/^- `([^`]+)` — \S/gm)].map(([, name]) => name)
  expect(explained.sort()).toEqual(Object.keys(used).sort())
})

test('versions are exact', () => {
  const loose = Object.entries(used).filter(([, version]) => !/^\d+(\.\d+\.\d+(-[\w.]+)?)?$/.test(version))
  expect(loose).toEqual([])
})
