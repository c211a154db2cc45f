import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ObservedSet, observeProjects, observeSets, type Tree } from '#lib/argocd/structure.ts'
import { createMasker } from '#lib/manifests/mask.ts'
import {
  conditionRemedy,
  differences,
  fallen,
  isTrouble,
  type OwnedApplication,
  policyWords,
  stepsOf,
} from './appset.ts'
import { generatorWords } from './generator.ts'

const masker = createMasker('k')
const body = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../sandbox/recordings/argocd/${name}.json`, import.meta.url), 'utf8'))
    .response.body
const recordedSets = (name: string): ObservedSet[] =>
  observeSets(body(name).items ?? [body(name)], masker).observed
const one = (name: string): ObservedSet => {
  const [set] = recordedSets(name)
  if (!set) throw new Error(`${name} was not understood`)
  return set
}

describe('what Argo CD v3.5.1 answered', () => {
  test('every set and project of the recordings is understood', () => {
    const sets = observeSets(body('applicationsets/list').items, masker)
    expect(sets.unread).toEqual([])
    expect(sets.observed.map(({ name, project, listedCount }) => [name, project, listedCount])).toEqual([
      ['gateway', 'shop', 3],
      ['shop', 'shop', 15],
    ])
    const projects = observeProjects(body('projects/list').items, masker)
    expect(projects.unread).toEqual([])
    expect(projects.observed.map(({ name }) => name)).toEqual(['default', 'frozen', 'platform', 'shop'])
    const shop = projects.observed.find(({ name }) => name === 'shop')
    expect(shop?.spec.syncWindows[0]).toMatchObject({
      schedule: '0 22 * * *',
      timeZone: 'Europe/Berlin',
      manualSync: false,
    })
  })

  test('a rolling sync in its third step', () => {
    const rolling = stepsOf(one('applicationsets/get-gateway-progressing'))
    expect(rolling?.none).toEqual([])
    expect(
      rolling?.steps.map(({ takes, atOnce, byHand, entries }) => [
        takes,
        atOnce,
        byHand,
        entries.map((each) => `${each.application} ${each.status}`),
      ]),
    ).toEqual([
      ['acme.example/env is dev', 'all at once', false, ['gateway-dev Healthy']],
      ['acme.example/env is staging', 'all at once', false, ['gateway-staging Healthy']],
      ['acme.example/env is prod', 'none by itself', true, ['gateway-prod Waiting']],
    ])
    expect(stepsOf(one('applicationsets/get-shop'))).toBeNull()
  })

  test('the generators in words', () => {
    const [matrix] = one('applicationsets/get-shop').spec.generators as unknown[]
    expect(generatorWords(matrix)).toEqual({
      words: 'Every combination of',
      of: [
        { words: 'A list of 3: auto=true env=dev, auto=true env=staging, auto=false env=prod', of: [] },
        { words: 'Every folder */{{.env}} in http://git.acme.example:8000/shop/deploy.git at main', of: [] },
      ],
    })
  })
})

test.each<[Tree, string]>([
  [{ clusters: {} }, 'Every cluster that Argo CD knows'],
  [{ clusters: { selector: { matchLabels: { env: 'prod' } } } }, 'Every cluster of which env is prod'],
  [
    { git: { repoURL: 'https://git.example/a', files: [{ path: '**/config.json' }] } },
    'Every file **/config.json in https://git.example/a at HEAD',
  ],
  [
    { git: { repoURL: 'r', revision: 'x', directories: [{ path: '*' }, { path: 'old', exclude: true }] } },
    'Every folder *, without old in r at x',
  ],
  [{ merge: { mergeKeys: ['server'], generators: [] } }, 'Joined by server'],
  [{ scmProvider: { github: { organization: 'acme' } } }, 'Every repository of GitHub acme'],
  [{ pullRequest: { gitlab: { project: 'acme/shop' } } }, 'Every open pull request of GitLab acme/shop'],
  [{ plugin: { configMapRef: { name: 'ours' } } }, 'What the plugin ours answers'],
  [
    {
      list: {},
      selector: { matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['dev', 'test'] }] },
    },
    'A list that a template writes, only where env is none of dev, test',
  ],
  [{ telepathy: {} }, 'A generator named telepathy, which we do not know'],
  [{}, 'A generator that says nothing'],
])('%j: %s', (generator, words) => expect(generatorWords(generator).words).toBe(words))

test('what is not an object of any kind is still a generator', () => {
  expect(generatorWords(null).words).toBe('A generator that says nothing')
  const deep = {
    matrix: {
      generators: [
        {
          matrix: {
            generators: [{ matrix: { generators: [{ matrix: { generators: [{ matrix: {} }] } }] } }],
          },
        },
      ],
    },
  }
  expect(JSON.stringify(generatorWords(deep)).length).toBeLessThan(400)
})

const app = (more: Partial<OwnedApplication> = {}): OwnedApplication => ({
  name: 'gateway-prod',
  project: 'shop',
  labels: { 'acme.example/env': 'prod', 'acme.example/service': 'gateway' },
  destination: { server: 'https://kubernetes.default.svc', name: null, namespace: 'shop-prod' },
  sources: [
    {
      repoURL: 'http://git.acme.example:8000/shop/gateway.git',
      path: 'overlays/prod',
      targetRevision: 'main',
    },
  ],
  deleting: false,
  ...more,
})

describe('an application that fell out of its pattern', () => {
  const set = one('applicationsets/get-gateway')
  test('one as the template says has not', () => expect(fallen(set, app())).toBeNull())

  test.each<[string, Partial<OwnedApplication>, string[]]>([
    [
      'another namespace',
      { destination: { ...app().destination, namespace: 'kube-system' } },
      ['destination namespace'],
    ],
    [
      'another branch',
      { sources: [{ ...app().sources[0], targetRevision: 'hotfix' }] },
      ['source targetRevision'],
    ],
    ['a label that is gone', { labels: { 'acme.example/env': 'prod' } }, ['label acme.example/service']],
    ['another project', { project: 'platform' }, ['project']],
  ])('%s', (_, more, fields) => {
    expect(fallen(set, app(more))?.differences.map(({ field }) => field)).toEqual(fields)
  })

  test('one that the set no longer lists, by policy and by what went wrong', () => {
    const why = (spec: Tree, more: Partial<ObservedSet> = {}, of = app()) =>
      fallen({ ...set, listed: [], listedCount: 0, spec: { ...set.spec, ...spec }, ...more }, of)?.why
    expect(why({})).toBe('The pattern no longer gives it, and it is still there.')
    expect(why({ syncPolicy: { applicationsSync: 'create-update' } })).toContain('create-update keeps it')
    expect(why({}, {}, app({ deleting: true }))).toContain('deleting it')
    const failed = {
      type: 'ErrorOccurred',
      status: 'True',
      reason: 'RenderTemplateParamsError',
      message: 'no .env',
      since: null,
    }
    expect(why({}, { conditions: [failed] })).toBe('The set could not work out its applications: no .env')
    expect(conditionRemedy(failed)).toContain('placeholder')
  })

  test('a list that Argo CD cut says nothing of what is missing', () => {
    expect(fallen({ ...set, listed: [], listedCount: 9_000 }, app())).toBeNull()
  })

  test('what a patch or another template writes is not compared', () => {
    const other = app({ destination: { ...app().destination, namespace: 'elsewhere' } })
    expect(differences(set.spec, other)).toHaveLength(1)
    expect(
      differences({ ...set.spec, templatePatch: 'spec:\n  destination:\n    namespace: x' }, other),
    ).toEqual([])
    const generator = { list: { elements: [], template: { spec: { project: 'x' } } } }
    expect(differences({ ...set.spec, generators: [generator] }, other)).toEqual([])
  })
})

test('conditions: trouble or not, and one that we do not know', () => {
  const condition = (type: string, status: string) => ({
    type,
    status,
    reason: null,
    message: '',
    since: null,
  })
  expect(isTrouble(condition('ErrorOccurred', 'True'))).toBe(true)
  expect(isTrouble(condition('ErrorOccurred', 'False'))).toBe(false)
  expect(isTrouble(condition('ResourcesUpToDate', 'False'))).toBe(true)
  expect(isTrouble(condition('RolloutProgressing', 'True'))).toBe(false)
  expect(isTrouble(condition('Unheard', 'True'))).toBe(false)
})

test.each<[Tree, string]>([
  [{}, 'creates, updates and deletes'],
  [
    { syncPolicy: { applicationsSync: 'create-only', preserveResourcesOnDeletion: true } },
    'stays when they go',
  ],
  [{ syncPolicy: { applicationsSync: 'sometimes' } }, 'sometimes, which we do not know'],
])('the policy of %j', (spec, words) => expect(policyWords(spec)).toContain(words))

test('what is broken is named, what is hostile is masked, the rest goes on', () => {
  const good = body('applicationsets/get-gateway')
  const { observed, unread } = observeSets(
    [
      { metadata: { name: 'broken', namespace: 'argocd' }, spec: 7 },
      null,
      {
        ...good,
        spec: { ...good.spec, generators: [{ plugin: { input: { parameters: { password: 'hunter2' } } } }] },
      },
    ],
    masker,
  )
  expect(unread.map(({ name }) => name)).toEqual(['broken', ''])
  expect(observed.map(({ name }) => name)).toEqual(['gateway'])
  expect(JSON.stringify(observed)).not.toContain('hunter2')
})
