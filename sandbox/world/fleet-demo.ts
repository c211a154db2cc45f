import {
  declare,
  declareLedger,
  declareShop,
  declareTroubled,
  environments,
  overlaySource,
  valuesUrl,
} from './declare.ts'
import { addCommit, createRepo, headAt, type NewCommit, type Repo } from './git.ts'
import { people } from './people.ts'
import type { Repos } from './render.ts'
import { type Story, stories } from './story.ts'
import type { Declared, Initiator, PastRollout } from './types.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Hours after dev at which a version is committed to an environment, and then rolled out there. */
const commitAfterMs: Record<string, number> = { dev: 0, staging: hourMs, prod: 3 * hourMs }
const automaticMs = 150_000
const byHandMs = 5 * hourMs

const dirOf = (service: string, env: string) =>
  service === 'gateway' ? `overlays/${env}` : `${service}/${env}`

type Planned = NewCommit & { service: string; env: string }

function plan(story: Story, startMs: number): Planned[] {
  return story.releases.flatMap((release) =>
    environments.map((env) => {
      const title = `${story.service}: ${release.version} to ${env}`
      return {
        service: story.service,
        env,
        author: release.author,
        at: Math.round(startMs - release.daysAgo * dayMs + (commitAfterMs[env] ?? 0)),
        message: release.body && env === 'prod' ? `${title}\n\n${release.body}` : title,
        changes: { [dirOf(story.service, env)]: { version: release.version } },
      }
    }),
  )
}

export type DemoWorld = { repos: Repos; fleet: Declared[] }

/** Repositories, their history and what was rolled out of it, up to `startMs`. */
export function demoWorld(startMs: number): DemoWorld {
  const deploy = createRepo('shop/deploy')
  const gateway = createRepo('shop/gateway')
  const charts = createRepo('platform/charts')
  const values = createRepo('platform/values')
  const repoOf = (service: string): Repo =>
    service === 'gateway' ? gateway : service === 'ledger' ? values : deploy
  const beginning = startMs - 70 * dayMs
  for (const [repo, services] of [
    [deploy, stories.map((story) => story.service).filter((service) => repoOf(service) === deploy)],
    [gateway, ['gateway']],
    [values, ['ledger']],
  ] as const) {
    const dirs = services.flatMap((service) => environments.map((env) => dirOf(service, env)))
    const changes = Object.fromEntries(dirs.map((dir) => [dir, { version: '1.0.0' }]))
    addCommit(repo, { author: people.mei, at: beginning, message: 'Begin with version 1.0.0', changes })
  }
  deploy.tags.set('v1.0.0', headAt(deploy, beginning))
  const chart = { web: { version: '0.1.0' } }
  addCommit(charts, { author: people.anna, at: beginning, message: 'web: first chart', changes: chart })
  const committed = stories
    .flatMap((story) => plan(story, startMs))
    .sort((a, b) => a.at - b.at)
    .map((planned) => ({ planned, sha: addCommit(repoOf(planned.service), planned).sha }))
  const pastOf = (service: string, env: string): PastRollout[] => {
    const own = committed.filter(({ planned }) => planned.service === service && planned.env === env)
    const waiting = stories.find((story) => story.service === service)?.waiting ?? 0
    const done = env === 'prod' ? own.slice(0, own.length - waiting) : own
    return done.map(({ planned, sha }) => {
      const at = planned.at + (env === 'prod' ? byHandMs : automaticMs)
      const repo = repoOf(service)
      const revision = env === 'prod' ? headAt(repo, at) : sha
      const chartSha = headAt(charts, at)
      return {
        at,
        revisions: service === 'ledger' ? [chartSha, revision] : [revision],
        by: initiator(service, env),
      }
    })
  }
  const repos: Repos = new Map([deploy, gateway, charts, values].map((repo) => [repo.url, repo]))
  return { repos, fleet: declareDemo(beginning, pastOf) }
}

function initiator(service: string, env: string): Initiator {
  if (env === 'prod') return { username: 'jonas' }
  return service === 'gateway'
    ? { username: 'applicationset-controller', automated: true }
    : { automated: true }
}

function declareDemo(createdAt: number, pastOf: (service: string, env: string) => PastRollout[]): Declared[] {
  const own = new Set(['gateway', 'ledger', 'identity'])
  const shop = stories.map((story) => story.service).filter((service) => !own.has(service))
  const fleet = environments.flatMap((env) => {
    const automated = env === 'prod' ? {} : { automated: { prune: true, selfHeal: true } }
    return [
      ...shop.map((service) => ({
        ...declareShop(service, env, createdAt, pastOf(service, env)),
        // Something for the page of ApplicationSets: the pattern no longer gives this one, and it is still there.
        ...(service === 'reports' && env === 'staging' ? { unlisted: true } : {}),
      })),
      declare({
        service: 'gateway',
        env,
        team: 'platform',
        source: overlaySource(env),
        set: 'gateway',
        createdAt,
        past: pastOf('gateway', env),
      }),
      declareLedger(env, createdAt, pastOf('ledger', env), 'finance'),
      declare({
        service: 'identity',
        env,
        team: 'platform',
        project: 'platform',
        namespace: `identity-${env}`,
        createdAt,
        past: pastOf('identity', env),
        ...automated,
        // The trap of `retry.refresh`: whoever syncs without a retryStrategy inherits it.
        ...(env === 'prod' ? { retry: { limit: 2, refresh: true } } : {}),
      }),
    ]
  })
  return [...fleet, ...declareTroubled(createdAt, pastOf('catalog', 'dev').slice(-1))]
}

const atTheEdge = new Set(['catalog', 'checkout', 'search'])

/** What a second Argo CD runs of the demo: three services in prod, each as a target of its own. */
export function edgeFleet(startMs: number): Declared[] {
  return demoWorld(startMs)
    .fleet.filter(({ service, env }) => env === 'prod' && atTheEdge.has(service))
    .map(({ set: _set, ...declared }) => ({
      ...declared,
      labels: { ...declared.labels, 'acme.example/target': 'edge' },
    }))
}

/** Where a commit to a service in an environment goes. */
export function placeOf(declared: Declared): { repoUrl: string; dir: string } {
  const { service, env, spec } = declared
  if (spec.sources) return { repoUrl: valuesUrl, dir: `${service}/${env}` }
  return { repoUrl: spec.source?.repoURL ?? '', dir: spec.source?.path ?? '' }
}
