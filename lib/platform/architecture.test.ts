import { expect, it } from 'vitest'
import { isTest, reach, readSources, wayTo } from './testing-source.ts'

const sources = readSources()
const files = [...sources.values()].filter(({ path }) => !isTest(path))
const products =
  /^lib\/(access|alerts|applications|audit|catalog|closings|comparison|deployments|dispatch|emergencies|evidence|findings|gates|controls|freezes|inbox|inquiries|instances|logs|messages|past|pauses|plans|policies|releases|rollbacks|samples|search|standard-changes|signals(?!\/client)|step-ups|streams|structure|suspects|trains|verdicts|views)\//
/** Steps of the worker that outgrew `execute.ts`. */
const steps = /^lib\/(dispatch\/(send|upkeep)|plans\/(planner|render))\.ts$/
const closed = /\/(data|commands|execute|ingest|loaders)\.ts$/

type Layer =
  | 'platform'
  | 'pure'
  | 'outside'
  | 'server'
  | 'data'
  | 'work'
  | 'loaders'
  | 'processes'
  | 'components'
  | 'pages'
  | 'routes'
  | 'elsewhere'

const has = (path: string, to: string) => sources.get(path)?.imports.some((each) => each.to === to) ?? false

/** Which layer a file belongs to: by its folder and name, and whether it may only run on the server. */
function layerOf(path: string): Layer {
  if (/^app\/.*\/route\.ts$|^(proxy|instrumentation)\.ts$/.test(path)) return 'routes'
  if (path.startsWith('app/')) return 'pages'
  if (path.startsWith('components/')) return 'components'
  if (path.startsWith('lib/platform/')) return 'platform'
  if (path.startsWith('lib/worker/')) return 'processes'
  if (products.test(path)) {
    if (/\/(data|commands)\.ts$/.test(path)) return 'data'
    if (/\/(execute|ingest)\.ts$/.test(path) || steps.test(path)) return 'work'
    if (path.endsWith('/loaders.ts')) return 'loaders'
    return has(path, 'server-only') ? 'server' : 'pure'
  }
  return path.startsWith('lib/') ? 'outside' : 'elsewhere'
}

/** What may be imported to run. Types may come from anywhere but above: they are gone before anything runs. */
const may: Record<Layer, readonly Layer[]> = {
  platform: ['platform'],
  pure: ['platform', 'pure', 'outside'],
  outside: ['platform', 'pure', 'outside'],
  server: ['platform', 'pure', 'outside', 'server', 'data'],
  data: ['platform', 'pure', 'outside', 'server', 'data'],
  work: ['platform', 'pure', 'outside', 'server', 'data', 'work'],
  loaders: ['platform', 'pure', 'outside', 'server', 'data', 'loaders'],
  processes: ['platform', 'pure', 'outside', 'server', 'data', 'work', 'processes'],
  components: ['platform', 'pure', 'outside', 'components'],
  pages: ['platform', 'pure', 'loaders', 'components', 'pages', 'server'],
  routes: ['platform', 'pure', 'server', 'data', 'loaders'],
  elsewhere: ['elsewhere', 'platform', 'pure', 'outside', 'server', 'data', 'work', 'processes'],
}

const ours = (path: string) => sources.has(path)

it('imports run one way', () => {
  const wrong = files.flatMap(({ path, imports }) =>
    imports
      .filter(({ to, type }) => ours(to) && !type && !may[layerOf(path)].includes(layerOf(to)))
      .map(({ to }) => `${path} (${layerOf(path)}) imports ${to} (${layerOf(to)})`),
  )
  expect(wrong).toEqual([])
})

it('the platform knows nothing of the product, lib nothing of what is drawn, not even types', () => {
  const wrong = files.flatMap(({ path, imports }) =>
    imports
      .filter(
        ({ to }) =>
          (path.startsWith('lib/platform/') && /^(lib\/(?!platform\/)|app\/|components\/)/.test(to)) ||
          (path.startsWith('lib/') && /^(app|components)\//.test(to)),
      )
      .map(({ to }) => `${path} imports ${to}`),
  )
  expect(wrong).toEqual([])
})

/** Every way from a file that `starts` picks to one that `ends` picks, as readable chains. */
function ways(starts: (path: string) => boolean, ends: (path: string) => boolean): string[] {
  return files
    .filter(({ path }) => starts(path))
    .flatMap(({ path }) => {
      const from = reach(sources, path)
      const end = [...from.keys()].find((to) => to !== path && ends(to))
      return end ? [wayTo(from, end)] : []
    })
}

it('the web reaches neither Argo CD nor Git, nor what deploys', () => {
  const web = (path: string) => /^(app|components)\/|^(proxy|instrumentation)\.ts$/.test(path)
  const forbidden = (path: string) =>
    /^lib\/argocd\/(client|stream|split)\.ts$|^lib\/git\/gitlab\.ts$|^lib\/worker\//.test(path) ||
    layerOf(path) === 'work'
  expect(ways(web, forbidden)).toEqual([])
})

it('the worker never builds on pages or on who is signed in', () => {
  const worker = (path: string) => path === 'lib/worker/worker.ts'
  const web = (path: string) => /^(app|components)\/|\/loaders\.ts$|^next(-auth)?(\/|$)/.test(path)
  expect(ways(worker, web)).toEqual([])
})

it('what runs in the browser reaches no server code and no zod', () => {
  const client = (path: string) => /^'use client'/.test(sources.get(path)?.text ?? '')
  const server = (path: string) => /^(server-only|zod|pg|node:.*)$/.test(path)
  expect(ways(client, server)).toEqual([])
})

it('nothing but tests, benches and the demo knows the sandbox', () => {
  const outside = files.filter(({ path }) => !path.startsWith('sandbox/') && path !== 'scripts/demo-main.ts')
  const wrong = outside.filter(({ imports }) => imports.some(({ to }) => to.startsWith('sandbox/')))
  expect(wrong.map(({ path }) => path)).toEqual([])
})

it('only lib/access knows next-auth', () => {
  const wrong = files.filter(
    ({ path, imports }) =>
      !/^lib\/access\//.test(path) && imports.some(({ to }) => /^next-auth(\/|$)/.test(to)),
  )
  expect(wrong.map(({ path }) => path)).toEqual([])
})

/** Files of a product noun that only run on the server beside the closed names: the door's parts, and the pen. */
const named: Record<string, string> = {
  access:
    'adapter auth door events flow health hook idempotency next-auth pipeline-token pipeline-viewer provider scope start step-up viewer web-auth',
  audit: 'export record',
  catalog: 'rollup status writer',
  logs: 'tail',
  evidence: 'program',
  inquiries: 'changes exceptions moment proofs signers',
  past: 'grid-read people-read',
  samples: 'attributes',
  search: 'shown statement',
}
/** The verifier: works on files and on any Postgres, without Next, without our roles. */
const verifier =
  /^lib\/audit\/(anchor-copy|anchors|check-excerpt|files|heads|keys|log-file|rows|standalone|tiles|walk|verify-cli|check|verify)\.ts$/

it('a product noun holds files of the closed set, pure rules, and few named others', () => {
  const wrong = files.filter(({ path }) => {
    if (!products.test(path) || [closed, steps, verifier].some((known) => known.test(path))) return false
    const [, noun = '', name = ''] = path.match(/^lib\/(\w+)\/([\w-]+)\.tsx?$/) ?? []
    if (has(path, 'server-only')) return !named[noun]?.split(' ').includes(name)
    const impure = /^(pg|undici|prisma\/client\/client\.ts|node:(?!crypto).*|lib\/platform\/(env|http)\.ts)$/
    return [...reach(sources, path).keys()].some((to) => to === 'server-only' || impure.test(to))
  })
  expect(wrong.map(({ path }) => path)).toEqual([])
})

it('what may only run on the server says so', () => {
  const wrong = files.filter(
    ({ path }) => products.test(path) && (closed.test(path) || steps.test(path)) && !has(path, 'server-only'),
  )
  expect(wrong.map(({ path }) => path)).toEqual([])
})
