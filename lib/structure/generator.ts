import type { Tree } from '#lib/argocd/structure.ts'

/** What one generator of an ApplicationSet yields, in words; `of` are those it combines. */
export type GeneratorWords = { words: string; of: GeneratorWords[] }

export const record = (value: unknown): Tree =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Tree) : {}
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
export const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const some = (items: readonly string[], most = 4) =>
  items.length > most
    ? `${items.slice(0, most).join(', ')} and ${items.length - most} more`
    : items.join(', ')

const values = (value: unknown): string =>
  Object.entries(record(value))
    .map(([name, each]) => `${name}=${typeof each === 'object' ? '…' : String(each)}`)
    .join(' ')

/** A Kubernetes label selector in words; empty when it takes everything. */
export function selectorWords(selector: unknown): string {
  const { matchLabels, matchExpressions } = record(selector)
  const labels = Object.entries(record(matchLabels)).map(([key, value]) => `${key} is ${String(value)}`)
  const expressions = list(matchExpressions).map((each) => expressionWords(record(each)))
  return [...labels, ...expressions].join(' and ')
}

export function expressionWords({ key, operator, values: given }: Tree): string {
  const options = list(given).map(String)
  const name = text(key)
  const one = options.length === 1
  switch (operator) {
    case 'In':
      return one ? `${name} is ${options[0]}` : `${name} is one of ${some(options)}`
    case 'NotIn':
      return one ? `${name} is not ${options[0]}` : `${name} is none of ${some(options)}`
    case 'Exists':
      return `${name} is set`
    case 'DoesNotExist':
      return `${name} is not set`
    default:
      return `${name} ${String(operator)} ${some(options)}`
  }
}

const repository = (git: Tree) => `${text(git.repoURL)} at ${text(git.revision) || 'HEAD'}`

function paths(entries: unknown): string {
  const all = list(entries).map(record)
  const kept = all.filter((each) => each.exclude !== true).map((each) => text(each.path))
  const left = all.filter((each) => each.exclude === true).map((each) => text(each.path))
  return `${some(kept)}${left.length > 0 ? `, without ${some(left)}` : ''}`
}

const hosts = {
  github: 'GitHub',
  gitlab: 'GitLab',
  gitea: 'Gitea',
  bitbucket: 'Bitbucket',
  bitbucketServer: 'Bitbucket Server',
  azureDevOps: 'Azure DevOps',
  azuredevops: 'Azure DevOps',
  awsCodeCommit: 'AWS CodeCommit',
} as const

function host(provider: Tree): string {
  const [name = '', settings] = Object.entries(provider).find(([key]) => key in hosts) ?? []
  const { organization, group, owner, project, repo } = record(settings)
  const where = [organization ?? group ?? owner ?? project, repo].map(text).filter(Boolean).join('/')
  return `${hosts[name as keyof typeof hosts] ?? 'a source host'}${where ? ` ${where}` : ''}`
}

type Kind = (body: Tree, of: () => GeneratorWords[]) => GeneratorWords
const leaf = (words: string): GeneratorWords => ({ words, of: [] })

const kinds: Record<string, Kind> = {
  list: (body) => {
    const elements = list(body.elements)
    const shown = some(elements.map(values), 6)
    if (elements.length === 0) return leaf('A list that a template writes')
    return leaf(`A list of ${elements.length}: ${shown}`)
  },
  clusters: (body) => {
    const only = selectorWords(body.selector)
    return leaf(only ? `Every cluster of which ${only}` : 'Every cluster that Argo CD knows')
  },
  git: (body) => {
    if (list(body.files).length > 0) return leaf(`Every file ${paths(body.files)} in ${repository(body)}`)
    return leaf(`Every folder ${paths(body.directories)} in ${repository(body)}`)
  },
  matrix: (_body, of) => ({ words: 'Every combination of', of: of() }),
  merge: (body, of) => ({ words: `Joined by ${some(list(body.mergeKeys).map(String))}`, of: of() }),
  scmProvider: (body) => leaf(`Every repository of ${host(body)}`),
  pullRequest: (body) => leaf(`Every open pull request of ${host(body)}`),
  clusterDecisionResource: (body) =>
    leaf(`The clusters that ${text(body.name) || 'resources'} of ${text(body.configMapRef)} choose`),
  plugin: (body) => leaf(`What the plugin ${text(record(body.configMapRef).name)} answers`),
}

/** One generator in words. One that we do not know is named, never left out. */
export function generatorWords(generator: unknown, depth = 0): GeneratorWords {
  const { selector, ...rest } = record(generator)
  const [kind = '', body] =
    Object.entries(rest).find(([key]) => key in kinds) ?? Object.entries(rest)[0] ?? []
  const of = () =>
    depth > 3 ? [] : list(record(body).generators).map((each) => generatorWords(each, depth + 1))
  const known = kinds[kind]
  const found = known
    ? known(record(body), of)
    : leaf(kind ? `A generator named ${kind}, which we do not know` : 'A generator that says nothing')
  const only = selectorWords(selector)
  return only ? { ...found, words: `${found.words}, only where ${only}` } : found
}
