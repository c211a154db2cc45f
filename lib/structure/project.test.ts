import { describe, expect, test } from 'vitest'
import { observeProjects, type ProjectSpec } from '#lib/argocd/structure.ts'
import { createMasker } from '#lib/manifests/mask.ts'
import {
  allowedOf,
  destinationsOf,
  kindRules,
  orphanWords,
  permissionsOf,
  permitsDestination,
  readPolicy,
  rightsOver,
  signatureWords,
} from './project.ts'

function spec(given: object): ProjectSpec {
  const item = { metadata: { name: 'shop' }, spec: given }
  const [project] = observeProjects([item], createMasker('k')).observed
  if (!project) throw new Error('not understood')
  return project.spec
}

describe('policies', () => {
  const rule = 'p, proj:shop:deployer, applications, sync, shop/*, allow'
  test.each([
    [rule, 'rule'],
    ['p,proj:shop:deployer,applications,sync,shop/*', 'rule'],
    ['p, proj:shop:other, applications, sync, shop/*, allow', 'unread'],
    ['p, role:admin, applications, *, */*, allow', 'unread'],
    ['g, acme:shop, proj:shop:deployer', 'unread'],
    ['p, proj:shop:deployer, applications, sync, shop/*, perhaps', 'unread'],
    ['p, proj:shop:deployer, applications', 'unread'],
    ['', 'unread'],
  ])('%s: %s', (line, kind) => {
    const read = readPolicy(line, 'shop', 'deployer')
    expect([read.kind, read.text]).toEqual([kind, line])
  })

  test('who may deploy where, what changes what runs first; the rest as text', () => {
    const { roles } = spec({
      roles: [
        {
          name: 'deployer',
          groups: ['acme:shop'],
          jwtTokens: [{ iat: 1 }],
          policies: [
            'p, proj:shop:deployer, applications, get, shop/*, allow',
            'p, proj:shop:deployer, applications, sync, shop/checkout-*, allow',
            'p, proj:shop:deployer, applications, action/apps/Deployment/restart, shop/*, allow',
            'p, proj:shop:deployer, logs, get, shop/*, allow',
            'nonsense',
          ],
        },
      ],
    })
    const { permissions, unread } = permissionsOf('shop', roles)
    expect(permissions.map(({ may, where, deploys, tokens }) => [may, where, deploys, tokens])).toEqual([
      ['deploy', 'checkout-*', true, 1],
      ['run the action apps/Deployment/restart', null, true, 1],
      ['read', null, false, 1],
    ])
    expect(unread.map(({ text }) => text)).toEqual([
      'p, proj:shop:deployer, logs, get, shop/*, allow',
      'nonsense',
    ])
  })
})

test('kinds: cluster-wide ones are denied unless named, others allowed unless named', () => {
  expect(kindRules(spec({}))).toEqual({ clusterWide: 'none', namespaced: 'every kind' })
  expect(kindRules(spec({ namespaceResourceWhitelist: [] }))).toMatchObject({ namespaced: 'none' })
  expect(
    kindRules(
      spec({
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
        clusterResourceBlacklist: [{ group: '', kind: 'Namespace', name: 'kube-system' }],
        namespaceResourceBlacklist: [
          { group: '', kind: 'ResourceQuota' },
          { group: 'apps', kind: '*' },
        ],
      }),
    ),
  ).toEqual({
    clusterWide: 'every kind, but not Namespace named kube-system',
    namespaced: 'every kind, but not ResourceQuota, every kind (apps)',
  })
})

test('sources, destinations, orphans and signatures in words', () => {
  expect(allowedOf(['*', '!https://git.example/secret'])).toEqual([
    { text: '*', not: false },
    { text: 'https://git.example/secret', not: true },
  ])
  expect(
    destinationsOf(
      spec({
        destinations: [
          { server: '*', namespace: '*' },
          { name: 'eu', namespace: '!kube-system' },
        ],
      }),
    ),
  ).toEqual([
    { cluster: 'every cluster', namespace: 'every namespace', not: false },
    { cluster: 'eu', namespace: 'kube-system', not: true },
  ])
  expect(orphanWords(spec({}))).toBe('not looked for')
  expect(orphanWords(spec({ orphanedResources: {} }))).toBe('looked for, with a warning')
  expect(orphanWords(spec({ orphanedResources: { warn: false, ignore: [{ kind: 'Secret' }] } }))).toBe(
    'looked for, without a warning, 1 kind is left aside',
  )
  expect(signatureWords(spec({}))).toEqual([])
  expect(
    signatureWords(
      spec({
        signatureKeys: [{ keyID: '4AEE18F83AFDEB23' }],
        sourceIntegrity: {
          git: {
            policies: [
              { repos: [{ url: 'https://git.example/*' }], gpg: { mode: 'strict', keys: ['AB'] } },
              { gpg: { mode: 'moon' } },
            ],
          },
        },
      }),
    ),
  ).toEqual([
    'Commits must be signed by 4AEE18F83AFDEB23',
    'https://git.example/*: every commit must be signed by AB',
    'every repository: mode moon',
  ])
})

describe('about one application', () => {
  const place = { name: 'checkout-prod', server: 'https://k8s', cluster: null, namespace: 'shop-prod' }
  test.each<[object[], boolean]>([
    [[], false],
    [[{ server: '*', namespace: '*' }], true],
    [[{ server: 'https://k8s', namespace: 'shop-*' }], true],
    [[{ server: 'https://other', namespace: '*' }], false],
    [[{ name: 'prod', namespace: '*' }], false],
    [
      [
        { server: '*', namespace: '*' },
        { server: '*', namespace: '!shop-prod' },
      ],
      false,
    ],
    [
      [
        { server: '*', namespace: '*' },
        { server: '*', namespace: '!kube-system' },
      ],
      true,
    ],
  ])('destinations %j permit it: %s', (destinations, permitted) => {
    expect(permitsDestination(spec({ destinations }), place)).toBe(permitted)
  })

  test('rights are those that deploy it, also denied ones, and no others', () => {
    const policies = [
      'p, proj:shop:dev, applications, sync, shop/*-dev, allow',
      'p, proj:shop:dev, applications, get, shop/*, allow',
      'p, proj:shop:dev, applications, sync, shop/checkout-*, allow',
      'p, proj:shop:dev, applications, override, shop/*, deny',
    ]
    const roles = spec({ roles: [{ name: 'dev', policies, groups: ['/shop/developers'] }] }).roles
    expect(rightsOver('checkout-prod', 'shop', roles).map(({ may, allow }) => [may, allow])).toEqual([
      ['deploy', true],
      ['deploy anything, also what is not in Git', false],
    ])
    expect(rightsOver('checkout-dev', 'shop', roles)).toHaveLength(3)
  })
})
