import { expect, it } from 'vitest'
import { isTest, readSources, type SourceFile } from './testing-source.ts'

const sources = [...readSources().values()]
const product = sources.filter(
  ({ path }) => /^(app|components|lib)\/|^(proxy|instrumentation)\.ts$/.test(path) && !isTest(path),
)

/** The text without comments; positions of lines stay. */
const code = ({ text }: SourceFile) =>
  text.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/.*$/gm, (comment) => comment.replaceAll(/[^\n]/g, ' '))

/** `path:line` of every match outside of `places`. */
function found(pattern: RegExp, places: readonly string[] = [], among = product): string[] {
  return among
    .filter(({ path }) => !places.some((place) => path === place || path.startsWith(`${place}/`)))
    .flatMap((file) => {
      const text = code(file)
      return [...text.matchAll(pattern)].map(
        ({ index }) => `${file.path}:${text.slice(0, index).split('\n').length}`,
      )
    })
}

it.each<[string, RegExp, string[]]>([
  [
    'time and random ids come from one place',
    /\bnew Date\(|\bDate\.now\(|\brandomUUID\b/g,
    [
      'lib/platform/clock.ts',
      'lib/platform/ids.ts',
      // The browser's own clock, and turning a given moment into what a library or Prisma wants.
      'components',
      'lib/access/adapter.ts',
      'lib/dispatch/upkeep.ts',
    ],
  ],
  [
    'environment variables are read in one place',
    /\bprocess\.env\b/g,
    [
      'lib/platform/env.ts',
      // Without the schemas, for a process that is not to wait for them.
      'lib/platform/early-env.ts',
      // Next replaces NEXT_RUNTIME at build time; only this spelling works.
      'instrumentation.ts',
    ],
  ],
  [
    'addresses of pages and of our API are written in one place',
    /['"`]\/(services|applications|releases|inbox|history|unmapped|search|instances|applicationsets|projects|sign-in|api\/(v1|auth|health|events))(?=[/?'"`$])/g,
    // Argo CD's, Grafana's and Prometheus' own addresses begin alike.
    [
      ...['lib/platform/paths.ts', 'lib/argocd/client.ts', 'lib/worker/doctor/systems.ts'],
      ...['lib/signals/client-guard.ts', 'lib/metrics'],
    ],
  ],
  ['one file writes the log', /insert\s+into\s+audit\.event/gi, ['lib/audit/record.ts']],
  ['no markup from text', /dangerouslySetInnerHTML|\binnerHTML\b/g, []],
  [
    'no SQL from text, but where the text is our own',
    /\$(query|execute)RawUnsafe/g,
    [
      // A column list that serves both ways to upsert; values are parameters.
      'lib/catalog/commands.ts',
    ],
  ],
  [
    'colours are named by what they mean',
    /\b(text|bg|border|fill|stroke|ring|outline|divide|from|to)-(slate|gray|zinc|stone|red|orange|amber|yellow|lime|green|emerald|teal|cyan|sky|blue|indigo|violet|purple|fuchsia|pink|rose)-\d/g,
    [],
  ],
  ['no folder for everything', /#(lib|components)\/(utils|helpers|services|types|hooks)\//g, []],
  ['no server actions: writes have one door', /^\s*['"]use server['"]/gm, []],
])('%s', (_, pattern, places) => {
  expect(found(pattern, places)).toEqual([])
})

it('default exports are for Next alone', () => {
  const next = /^app\/.*\/?(page|layout|loading|error|not-found|global-error|default|template)\.tsx$/
  const others = product.filter(({ path }) => !next.test(path))
  expect(found(/^export default\b/gm, [], others)).toEqual([])
})

it('no file is long', () => {
  const sizes = sources.map(({ lines }) => lines).sort((a, b) => a - b)
  const at = (share: number) => sizes[Math.floor(sizes.length * share)]
  const long = sources.filter(({ lines }) => lines > 350)
  expect(
    long.map(({ path, lines }) => `${path}: ${lines}`),
    `median ${at(0.5)}, p90 ${at(0.9)} lines`,
  ).toEqual([])
})

it('pages compose and do no more: 80 lines at most', () => {
  const pages = product.filter(({ path }) => /^app\/.*\/page\.tsx$/.test(path))
  expect(pages.length).toBeGreaterThan(0)
  expect(pages.filter(({ lines }) => lines > 80).map(({ path }) => path)).toEqual([])
})
