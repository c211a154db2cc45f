import { expect, test } from 'vitest'
import { diffManifests } from '#lib/manifests/diff.ts'
import type { JsonObject } from '#lib/manifests/mask.ts'
import { beyondImages, limitProblem } from './standard-change.ts'

const workload = (image: string, more: JsonObject = {}, kind = 'Deployment'): JsonObject => ({
  ...{ apiVersion: 'apps/v1', kind, metadata: { name: 'web', namespace: 'shop' } },
  spec: { template: { spec: { containers: [{ name: 'web', image, ...more }] } } },
})
const config = (data: JsonObject): JsonObject => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop' }, data },
})

function beyond(before: JsonObject[], after: JsonObject[]) {
  const managed = before.map((live) => ({
    ...{ group: live.kind === 'ConfigMap' ? '' : 'apps', kind: String(live.kind), namespace: 'shop' },
    ...{ name: String((live.metadata as JsonObject).name), hook: false },
    ...{ live, target: live, predicted: live, applied: live },
  })) as unknown as Parameters<typeof diffManifests>[0]['managed']
  return beyondImages(
    diffManifests({ target: after, managed, namespace: 'shop', prune: true, conditions: [] }),
  )
}

const one = 'registry.example/shop/web:1'
const two = 'registry.example/shop/web:2'

test.each<[string, JsonObject[], JsonObject[], string[]]>([
  ['another tag', [workload(one)], [workload(two)], []],
  ['another digest', [workload(one)], [workload(`registry.example/shop/web@sha256:${'a'.repeat(64)}`)], []],
  ['nothing', [workload(one)], [workload(one)], ['no image changes']],
  [
    'another repository',
    [workload(one)],
    [workload('registry.example/other/web:2')],
    ['Deployment web changes in more than image versions'],
  ],
  [
    'a field beside it',
    [workload(one)],
    [workload(two, { command: ['sh'] })],
    ['Deployment web changes in more than image versions'],
  ],
  [
    'an image of a kind that runs nothing',
    [workload(one, {}, 'Setting')],
    [workload(two, {}, 'Setting')],
    ['Setting web changes in more than image versions'],
  ],
  [
    'another object',
    [workload(one), config({ a: '1' })],
    [workload(two), config({ image: two })],
    ['ConfigMap settings changes in more than image versions'],
  ],
  ['one more object', [workload(one)], [workload(two), config({})], ['ConfigMap settings is added']],
  ['one object less', [workload(one), config({})], [workload(two)], ['ConfigMap settings is removed']],
])('beyond image versions: %s', (_, before, after, found) => {
  expect(beyond(before, after)).toEqual(found)
})

const kept = { state: 'in-force', usedToday: 1, perDay: 2, timeZone: 'Europe/Berlin' } as const
const check = { id: 'freeze', title: 'Freeze', result: 'pass', blocks: false } as const
const rule = { id: 'digests', title: 'Every image is named by digest', result: 'fail' } as const
const passed = [check]

test.each<[string, Parameters<typeof limitProblem>, string | null]>([
  ['all kept', [kept, passed], null],
  ['not signed', [{ ...kept, state: 'open' }, passed], 'two people have not signed it yet'],
  ['expired', [{ ...kept, state: 'expired' }, passed], 'it has expired'],
  ['stopped', [{ ...kept, state: 'stopped' }, passed], 'it was stopped'],
  ['used up', [{ ...kept, usedToday: 2 }, passed], 'it has been used 2 of 2 times today (Europe/Berlin)'],
  ['a check', [kept, [{ ...check, result: 'unknown' }]], 'the check “Freeze” has not passed'],
  ['a rule that no policy asks for', [kept, [{ ...rule, blocks: false }]], null],
  [
    'a rule that the policy asks for',
    [kept, [{ ...rule, blocks: true }]],
    'the check “Every image is named by digest” has not passed',
  ],
  ['more than images', [kept, passed, ['ConfigMap a is added']], 'ConfigMap a is added'],
])('limit: %s', (_, given, why) => {
  expect(limitProblem(...given)).toBe(why)
})
