import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { managedObject } from '#lib/argocd/managed.ts'
import { managedResourcesSchema } from '#lib/argocd/schema.ts'
import { diffManifests, type ManifestDiff, type ResourceDiff } from './diff.ts'
import { manifestDigest } from './digest.ts'
import { type ManagedObject, parseManifest } from './manifest.ts'
import { createMasker, type JsonObject } from './mask.ts'

const recordings = new URL('../../sandbox/recordings/argocd/', import.meta.url)
const body = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}.json`, recordings), 'utf8')).response.body
const masker = createMasker('test')

function manifest(text: string): JsonObject {
  const parsed = parseManifest(text)
  if (!parsed.ok) throw new Error(parsed.problem)
  return masker.manifest(parsed.manifest)
}
const target = (name: string) => (body(`details/${name}`).manifests as string[]).map(manifest)
const managed = (name: string): ManagedObject[] =>
  managedResourcesSchema.parse(body(name)).items.map((item) => {
    const object = managedObject(item, masker)
    if (!object.ok) throw new Error(object.problem)
    return object.value
  })
const diff = (given: Partial<Parameters<typeof diffManifests>[0]>) =>
  diffManifests({ target: [], managed: [], namespace: 'shop-prod', prune: true, conditions: [], ...given })
function resources(given: ManifestDiff): ResourceDiff[] {
  if (!given.ok) throw new Error(given.cannotTell)
  return given.resources
}
const shown = (given: ResourceDiff | undefined) =>
  given?.hunks.flatMap((hunk) =>
    hunk.lines
      .filter((line) => line.kind !== 'same')
      .map((line) => `${line.oldLine ?? ''}/${line.newLine ?? ''} ${line.text.trim()}`),
  )

describe('recorded', () => {
  const live = managed('details/managed-resources-checkout-prod-out-of-sync')

  it('shows only what the compared revision changes, with line numbers', () => {
    const wanted = live.flatMap((object) => (object.target ? [object.target] : []))
    const found = resources(diff({ target: wanted, managed: live }))
    expect(found.map((each) => [each.id.kind, each.change])).toEqual([
      ['ConfigMap', 'unchanged'],
      ['Service', 'unchanged'],
      ['Deployment', 'changed'],
    ])
    const deployment = found[2]
    expect(shown(deployment)?.join('\n')).toMatch(
      /^\/\d+ progressDeadlineSeconds: 12|^\d+\/ progressDeadlineSeconds/m,
    )
    expect(deployment?.risks).toContainEqual({
      kind: 'image',
      text: 'checkout: registry.acme.example/shop/checkout:1.0.0 → registry.acme.example/shop/checkout:1.2.0-bad',
    })
    expect(deployment?.risks.map((each) => each.kind)).toContain('image-not-pinned')
  })

  it('leaves defaults of the API server out when another revision is asked for', () => {
    const found = resources(diff({ target: target('manifests-checkout-prod'), managed: live }))
    expect(found.map((each) => [each.id.kind, each.change, shown(each)])).toEqual([
      ['ConfigMap', 'unchanged', []],
      ['Service', 'unchanged', []],
      ['Deployment', 'unchanged', []],
    ])
  })

  it('never concludes anything from an answer without objects', () => {
    const nothing = managed('details/managed-resources-broken-path-prod')
    expect(nothing).toEqual([])
    expect(diff({ conditions: [{ type: 'ComparisonError', message: 'no path' }] })).toMatchObject({
      ok: false,
      cannotTell: expect.stringContaining('no path'),
    })
    expect(diff({ target: target('manifests-checkout-prod') })).toMatchObject({ ok: false })
    expect(diff({})).toEqual({ ok: true, resources: [] })
  })

  it('shows an application that was never deployed as added', () => {
    const found = resources(
      diff({
        target: target('manifests-multi-source'),
        managed: managed('details/managed-resources-ledger-prod'),
      }),
    )
    expect(found.map((each) => each.change)).toEqual(['added', 'added'])
    expect(found.every((each) => each.removedLines === 0 && each.addedLines > 3)).toBe(true)
  })

  it('says that Secret values are hidden', () => {
    const found = resources(
      diff({
        target: target('manifests-payments-prod-has-a-secret'),
        managed: managed('details/managed-resources-payments-prod-synced'),
      }),
    )
    expect(found.filter((each) => each.hiddenValues).map((each) => each.id.name)).toEqual([
      'payments-credentials',
    ])
    expect(found.every((each) => each.change === 'unchanged')).toBe(true)
  })

  it('sees what was changed by hand', () => {
    const drift = managed('outofband/live-drift-managed-resources')
    const found = resources(
      diff({ target: drift.flatMap((each) => (each.target ? [each.target] : [])), managed: drift }),
    )
    expect(found.filter((each) => each.change !== 'unchanged').map((each) => each.id.kind)).toEqual([
      'Deployment',
    ])
  })
})

describe('changes and risks', () => {
  const object = (kind: string, more: JsonObject, apiVersion = 'v1', name = 'x'): JsonObject => ({
    apiVersion,
    kind,
    metadata: { name, namespace: 'shop-prod' },
    ...more,
  })
  const deployment = (container: JsonObject, spec: JsonObject = {}) =>
    object(
      'Deployment',
      {
        spec: {
          replicas: 2,
          ...spec,
          template: {
            spec: {
              containers: [{ name: 'c', image: `r.example/c@sha256:${'a'.repeat(64)}`, ...container }],
            },
          },
        },
      },
      'apps/v1',
    )
  const held = (live: JsonObject): ManagedObject => ({
    ...{
      group: String(live.apiVersion).includes('/') ? (String(live.apiVersion).split('/')[0] ?? '') : '',
      kind: String(live.kind),
      namespace: 'shop-prod',
      name: String((live.metadata as JsonObject).name),
    },
    target: null,
    applied: live,
    predicted: null,
    modified: true,
    hook: false,
    live,
  })
  const risks = (before: JsonObject | null, after: JsonObject | null) =>
    resources(
      diff({ target: after ? [after] : [], managed: before ? [held(before)] : [held(object('Other', {}))] }),
    )
      .filter((each) => each.id.kind !== 'Other')
      .flatMap((each) => each.risks.map((risk) => risk.kind))

  it.each<[string, JsonObject | null, JsonObject | null, string[]]>([
    [
      'an image by digest',
      deployment({}),
      deployment({ image: `r.example/c@sha256:${'b'.repeat(64)}` }),
      ['image'],
    ],
    [
      'an image by tag',
      deployment({}),
      deployment({ image: 'r.example/c:2' }),
      ['image', 'image-not-pinned'],
    ],
    ['no replica left', deployment({}), deployment({}, { replicas: 0 }), ['replicas-zero']],
    ['limits', deployment({}), deployment({ resources: { limits: { memory: '1Gi' } } }), ['limits']],
    ['privileged', deployment({}), deployment({ securityContext: { privileged: true } }), ['privileged']],
    [
      'a Secret reference',
      deployment({}),
      deployment({ envFrom: [{ secretRef: { name: 'db' } }] }),
      ['secret'],
    ],
    ['a Secret', object('Secret', { data: { a: '1' } }), object('Secret', { data: { b: '1' } }), ['secret']],
    [
      'rights',
      object('Role', { rules: [] }, 'rbac.authorization.k8s.io/v1'),
      object('Role', { rules: [{ verbs: ['*'] }] }, 'rbac.authorization.k8s.io/v1'),
      ['rbac'],
    ],
    ['a network policy', null, object('NetworkPolicy', {}, 'networking.k8s.io/v1'), ['network-policy']],
    [
      'a resource type',
      object('CustomResourceDefinition', { spec: { a: 1 } }, 'apiextensions.k8s.io/v1'),
      object('CustomResourceDefinition', { spec: { a: 2 } }, 'apiextensions.k8s.io/v1'),
      ['custom-resource-definition'],
    ],
    [
      'a removed volume claim',
      object('PersistentVolumeClaim', {}),
      null,
      ['removed', 'volume-claim-removed'],
    ],
    [
      'a hook',
      null,
      object(
        'Job',
        { metadata: { name: 'm', annotations: { 'argocd.argoproj.io/hook': 'PreSync' } } },
        'batch/v1',
      ),
      ['hook'],
    ],
    ['nothing', deployment({}), deployment({}), []],
  ])('flags %s', (_, before, after, expected) => {
    expect(risks(before, after)).toEqual(expected)
  })

  it('folds and counts noise, but does not call it unchanged', () => {
    const labelled = (checksum: string) =>
      object('ConfigMap', {
        metadata: {
          name: 'x',
          namespace: 'shop-prod',
          annotations: { 'checksum/config': checksum },
          labels: { 'helm.sh/chart': checksum },
        },
      })
    const [found] = resources(diff({ target: [labelled('b')], managed: [held(labelled('a'))] }))
    expect(found).toMatchObject({ change: 'changed', noise: 2, hunks: [], addedLines: 0 })
  })

  it('shows a field that Git no longer sets as removed, and keeps quiet about one Git never set', () => {
    const live = object('ConfigMap', { data: { a: '1', b: '2', injected: '3' } })
    const [found] = resources(
      diff({
        target: [object('ConfigMap', { data: { a: '1' } })],
        managed: [{ ...held(live), applied: object('ConfigMap', { data: { a: '1', b: '2' } }) }],
      }),
    )
    expect(shown(found)).toEqual(['4/ b: "2"'])
  })

  it('tells removed from left behind', () => {
    const live = [held(object('ConfigMap', {}))]
    const change = (prune: boolean) => resources(diff({ managed: live, prune }))[0]?.change
    expect([change(true), change(false)]).toEqual(['removed', 'left-behind'])
  })

  const big = (seed: string, lines: number) =>
    object('ConfigMap', { data: { a: Array.from({ length: lines }, (_, i) => `${seed}${i}`).join('\n') } })

  it('shows every line of two large sides with little in common, without looking for the fewest edits', () => {
    const began = performance.now()
    const [found] = resources(diff({ target: [big('a', 30_000)], managed: [held(big('b', 30_000))] }))
    expect(found).toMatchObject({ change: 'changed', tooLarge: false, addedLines: 30_000 })
    expect(found?.removedLines).toBe(30_000)
    const lines = found?.hunks.flatMap((hunk) => hunk.lines) ?? []
    expect(lines.slice(0, 4).map(({ text }) => text.trim())).toEqual([
      'apiVersion: v1',
      'data:',
      'a: |-',
      'b0',
    ])
    expect(lines.at(-1)).toMatchObject({ kind: 'same' })
    expect(performance.now() - began).toBeLessThan(4000)
  })

  it('gives up on lines, not on the answer, when something is huge', () => {
    const [found] = resources(diff({ target: [big('a', 400_000)], managed: [held(big('b', 400_000))] }))
    expect(found).toMatchObject({ change: 'changed', tooLarge: true, hunks: [] })
  })
})

describe('the manifest hash', () => {
  const wanted = target('manifests-checkout-prod')
  it('does not depend on order, of manifests or of fields', () => {
    const turned = [...wanted].reverse().map((each) => Object.fromEntries(Object.entries(each).reverse()))
    expect(manifestDigest(turned)).toBe(manifestDigest(wanted))
    expect(manifestDigest(wanted)).toMatch(/^[0-9a-f]{64}$/)
  })

  it('depends on everything else: a value, a repeated or a missing manifest', () => {
    const digests = [
      wanted,
      wanted.slice(1),
      [...wanted, wanted[0] as JsonObject],
      [{ ...wanted[0], data: { FEATURE_X: 'on' } } as JsonObject, ...wanted.slice(1)],
    ]
    expect(new Set(digests.map(manifestDigest)).size).toBe(4)
  })

  it.each([
    [
      'large whole numbers',
      '{"kind":"A","metadata":{"name":"a"},"v":9007199254740993}',
      '{"kind":"A","metadata":{"name":"a"},"v":9007199254740992}',
    ],
    [
      'a number and its digits',
      '{"kind":"A","metadata":{"name":"a"},"v":1}',
      '{"kind":"A","metadata":{"name":"a"},"v":"1"}',
    ],
    [
      '__proto__',
      '{"kind":"A","metadata":{"name":"a"},"__proto__":{"v":1}}',
      '{"kind":"A","metadata":{"name":"a"},"__proto__":{"v":2}}',
    ],
  ])('keeps apart: %s', (_, one, other) => {
    expect(manifestDigest([manifest(one)])).not.toBe(manifestDigest([manifest(other)]))
  })

  it.each([
    ['half', '{"kind":"A"'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['no kind', '{"metadata":{"name":"a"}}'],
    ['no name', '{"kind":"A"}'],
    ['broken text', '{"kind":"A","metadata":{"name":"\\ud800"}}'],
    ['a depth bomb', `{"kind":"A","metadata":{"name":"a"},"v":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
  ])('refuses %s', (_, text) => {
    expect(parseManifest(text)).toMatchObject({ ok: false })
  })
})
