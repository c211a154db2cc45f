import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'

const importOf = /^import (type )?([^'"]*?)from '([^']+)'\n/gm
const reexportOf = /^export type \{[^}]*\} from '[^']+'\n/gm
const exported = /^export (?:async )?(?:function\*?|const|class) (\w+)/gm

/** Node calls it experimental and says so on standard error; what came out is run by a test on every Node we name. */
function withoutTypes(source: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(source)
  } finally {
    process.emitWarning = emitWarning
  }
}

type Module = { path: string; code: string }

/** `{ a, type B, c as d }` as the names that are there when it runs: `a, c: d`. */
function names(clause: string): string {
  const inner = /\{([\s\S]*)\}/.exec(clause)?.[1] ?? ''
  return inner
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '))
    .map((name) => name.replace(' as ', ': '))
    .join(', ')
}

const variable = (path: string) =>
  path.replace(/\.ts$/, '').replaceAll(/\W+(\w)/g, (_, next: string) => next.toUpperCase())

/**
 * One program out of a module of ours and all that it imports, comments and all: types are taken away, every module
 * becomes a function that is called once, in order. Only for modules that import each other and Node by name; throws
 * when one imports a package.
 */
export function oneFile(root: string, entry: string, banner: string): string {
  const done = new Map<string, Module>()
  const builtins = new Map<string, Set<string>>()

  function add(path: string): void {
    if (done.has(path)) return
    let source = readFileSync(join(root, path), 'utf8').replaceAll(reexportOf, '')
    const lines: string[] = []
    for (const [, type, clause = '', from = ''] of source.matchAll(importOf)) {
      if (type) continue
      if (!clause.includes('{')) throw new Error(`${path} imports the whole of ${from}: only names fit`)
      const wanted = names(clause)
      if (wanted === '') continue
      if (from.startsWith('node:')) {
        const known = builtins.get(from) ?? new Set()
        for (const name of wanted.split(', ')) known.add(name.replace(': ', ' as '))
        builtins.set(from, known)
        continue
      }
      const inner = from.startsWith('#')
        ? from.slice(1)
        : relative(root, join(root, dirname(path), from)).replaceAll(sep, '/')
      if (!/^(\.|#)/.test(from))
        throw new Error(`${path} imports ${from}: a package does not fit into one file`)
      add(inner)
      lines.push(`const { ${wanted} } = ${variable(inner)}`)
    }
    source = source.replaceAll(importOf, '')
    const gives = [...source.matchAll(exported)].map(([, name]) => name)
    const body = withoutTypes(source.replaceAll(/^export (?=(async )?(function|const|class|type) ?)/gm, ''))
    const tidy = body
      .replaceAll(/[ \t]+$/gm, '')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim()
    const inside = [...lines, tidy].join('\n')
    const code =
      path === entry
        ? inside
        : `const ${variable(path)} = (() => {\n${inside}\nreturn { ${gives.join(', ')} }\n})()`
    done.set(path, { path, code })
  }

  add(entry)
  const imports = [...builtins].map(
    ([from, wanted]) => `import { ${[...wanted].sort().join(', ')} } from '${from}'`,
  )
  const modules = [...done.values()].map(({ path, code }) => `// ${path}\n${code}`)
  return `${[banner, imports.sort().join('\n'), ...modules].join('\n\n')}\n`
}
