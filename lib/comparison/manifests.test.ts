import { expect, test } from 'vitest'
import type { JsonObject } from '#lib/manifests/mask.ts'
import { diffSides } from './manifests.ts'

const deployment = (namespace: string | null, replicas: number, name = 'shop'): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, ...(namespace === null ? {} : { namespace }) },
  spec: { replicas },
})
const side = (namespace: string | null, ...manifests: JsonObject[]) => ({ manifests, namespace })

const changes = (...sides: Parameters<typeof diffSides>) => {
  const diff = diffSides(...sides)
  return diff.ok ? diff.resources.map(({ id, change }) => `${id.name} ${change}`) : diff.cannotTell
}

test('the namespaces of the two environments are one', () => {
  expect(changes(side('staging', deployment('staging', 2)), side('prod', deployment('prod', 2)))).toEqual([
    'shop unchanged',
  ])
  expect(changes(side('staging', deployment(null, 2)), side('prod', deployment(null, 3)))).toEqual([
    'shop changed',
  ])
})

test('right is before, left is after', () => {
  const diff = diffSides(side('staging', deployment('staging', 2)), side('prod', deployment('prod', 3)))
  const lines = diff.ok ? diff.resources.flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.lines)) : []
  expect(lines.filter(({ kind }) => kind !== 'same').map(({ kind, text }) => `${kind}${text}`)).toEqual([
    'removed  replicas: 3',
    'added  replicas: 2',
  ])
})

test('what only one side has', () => {
  expect(
    changes(
      side('a', deployment('a', 1), deployment('a', 1, 'left')),
      side('b', deployment('b', 1), deployment('b', 1, 'right')),
    ),
  ).toEqual(['left added', 'right removed', 'shop unchanged'])
})

test('an object of another namespace than the application deploys to stays in it', () => {
  expect(changes(side('a', deployment('shared', 1)), side('b', deployment('shared', 1)))).toEqual([
    'shop unchanged',
  ])
  expect(changes(side('a', deployment('b', 1)), side('b', deployment('c', 1)))).toEqual([
    'shop added',
    'shop removed',
  ])
})

test('nothing on one side is never "no difference"', () => {
  expect(changes(side('a', deployment('a', 1)), side('b'))).toMatch(/renders no manifests/)
})
