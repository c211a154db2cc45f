import { declare, environments } from './declare.ts'
import { addCommit, createRepo, type Repo } from './git.ts'
import { people } from './people.ts'
import type { Declared, PastRollout } from './types.ts'

const dayMs = 86_400_000
const waves = 200
const authors = [people.mei, people.jonas, people.anna]

const nameOf = (index: number) => `svc-${String(index + 1).padStart(4, '0')}`

/** Every third generated service waits in prod. */
export const waits = (index: number) => index % 3 === 0

/**
 * `count` services in three environments in a repository of their own. Their first version is computed, not
 * stored, and releases come in waves, so that ten thousand of them stay cheap.
 */
export function generatedFleet(count: number, startMs: number): { repo: Repo; fleet: Declared[] } {
  const repo = createRepo('bulk/deploy', (dir) => {
    const number = Number(/^svc-(\d+)\/(?:dev|staging|prod)$/.exec(dir)?.[1] ?? 0)
    return number > 0 && number <= count ? { version: `1.${number % 9}.0` } : undefined
  })
  const beginning = startMs - 60 * dayMs
  const first = addCommit(repo, {
    author: people.mei,
    at: beginning,
    message: 'Begin with the services as they are',
    changes: {},
  })
  const begun: PastRollout = { at: beginning, revisions: [first.sha], by: { automated: true } }
  const pasts = Array.from({ length: Math.min(waves, count) }, (_, wave) => {
    const at = startMs - Math.round((50 * dayMs * (waves - wave)) / waves)
    const changes: Repo['commits'][number]['changes'] = {}
    for (let index = wave; index < count; index += waves)
      for (const env of environments)
        changes[`${nameOf(index)}/${env}`] = { version: `1.${(index + 1) % 9}.${(wave % 4) + 1}` }
    const author = authors[wave % 3] ?? people.mei
    const message = `Wave ${wave + 1}: base image and patch releases`
    const { sha } = addCommit(repo, { author, at, message, changes })
    const auto: PastRollout = { at: at + 150_000, revisions: [sha], by: { automated: true } }
    const byHand: PastRollout = { at: at + 7_200_000, revisions: [sha], by: { username: 'jonas' } }
    return { auto: [begun, auto], prod: [begun, byHand], waiting: [begun] }
  })
  const fleet = Array.from({ length: count }, (_, index) => {
    const service = nameOf(index)
    const past = pasts[index % waves]
    return environments.map((env) =>
      declare({
        service,
        env,
        team: `team-${String((index % 40) + 1).padStart(2, '0')}`,
        project: 'platform',
        namespace: `bulk-${env}`,
        source: { repoURL: repo.url, path: `${service}/${env}`, targetRevision: 'main' },
        createdAt: beginning,
        historyLimit: 10,
        past: (env === 'prod' ? (waits(index) ? past?.waiting : past?.prod) : past?.auto) ?? [],
        ...(env === 'prod' ? {} : { automated: { prune: true, selfHeal: true } }),
      }),
    )
  }).flat()
  return { repo, fleet }
}
