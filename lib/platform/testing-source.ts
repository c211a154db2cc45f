import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const root = join(import.meta.dirname, '../..')

export type Import = {
  /** Path below the root for a file of ours, else the package's name as written. */
  to: string
  /** Erased before anything runs: `import type`. */
  type: boolean
}
export type SourceFile = { path: string; text: string; lines: number; imports: Import[] }

const statement =
  /^(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier))
  return specifier
}

function read(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const imports = [...text.matchAll(statement)].map(([, type, named, dynamic]) => ({
    to: resolve(path, named ?? dynamic ?? ''),
    type: type !== undefined,
  }))
  return { path, text, lines: text.split('\n').length - 1, imports }
}

const places = '{app,bench,components,deploy,e2e,lib,sandbox,scripts}/**/*.{ts,tsx}'

/** Every TypeScript file that people wrote, in order, with what it imports. */
export function readSources(): Map<string, SourceFile> {
  const paths = globSync([places, '*.ts'], { cwd: root }).filter((path) => path !== 'next-env.d.ts')
  return new Map(paths.sort().map((path) => [path, read(path)]))
}

export const isTest = (path: string): boolean =>
  /\.test\.tsx?$|(^|\/)testing(-[a-z]+)?\.ts$|^e2e\/|^bench\//.test(path)

/** Everything that runs when `path` is imported, with the way there: file → the file that imports it. */
export function reach(sources: Map<string, SourceFile>, path: string): Map<string, string> {
  const from = new Map<string, string>([[path, '']])
  const next = [path]
  for (let at = next.pop(); at !== undefined; at = next.pop())
    for (const { to, type } of sources.get(at)?.imports ?? [])
      if (!type && !from.has(to)) {
        from.set(to, at)
        next.push(to)
      }
  return from
}

/** `a ← b ← c`: how `path` came to be reached. */
export function wayTo(from: Map<string, string>, path: string): string {
  const way: string[] = []
  for (let at: string | undefined = path; at; at = from.get(at)) way.push(at)
  return way.join(' ← ')
}
