import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { getCompileCacheDir, Module } from 'node:module'
import { dirname, join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { constants, Script } from 'node:vm'
import { crc32 } from 'node:zlib'

/** `source` and `sum` are checksums: of the text that this is the code of, and of the code. */
type Kept = { source: number; code: Buffer; sum: number }
type Code = Map<string, Kept>

export type WarmCode = {
  /** Whether anything was compiled that is not kept yet. */
  hasNew: () => boolean
  /** Keeps it, with every function that ran so far. Takes a tenth of a second for all of Next. */
  keep: () => void
}

/** What Node's loader hides: a module compiles itself, and looks others up as its `require` does. */
type Loaded = NodeModule & { _compile: (text: string, file: string, format?: string) => unknown }
type Loader = Record<'_extensions' | '_cache', unknown> &
  Record<
    '_resolveFilename' | '_resolveLookupPaths',
    (request: string, from: NodeModule, ...more: unknown[]) => unknown
  >

const [head, tail] = ['(function (exports, require, module, __filename, __dirname) { ', '\n})']

function read(file: string): Code {
  try {
    const found: unknown = deserialize(readFileSync(file))
    return found instanceof Map ? found : new Map()
  } catch {
    // Not there yet, or damaged: everything is compiled anew then.
    return new Map()
  }
}

function write(file: string, code: Code): void {
  const half = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(half, serialize(code), { mode: 0o600 })
    renameSync(half, file)
  } catch {
    // A folder that cannot be written to costs the next start some time, nothing else.
  }
}

function requireOf(module: NodeModule): NodeJS.Require {
  const loader = Module as unknown as Loader
  const require = (id: string) => module.require(id)
  const resolve = (request: string, options?: unknown) =>
    loader._resolveFilename(request, module, false, options)
  const resolvePaths = (request: string) => loader._resolveLookupPaths(request, module)
  return Object.assign(require, {
    resolve: Object.assign(resolve, { paths: resolvePaths }),
    main: process.mainModule,
    extensions: loader._extensions,
    cache: loader._cache,
  }) as NodeJS.Require
}

/** Where Node keeps its own cache of compiled code, a folder for each version of it; undefined when it keeps none. */
export function warmFile(): string | undefined {
  const folder = getCompileCacheDir()
  return folder && join(folder, 'warm')
}

/**
 * From now on CommonJS modules of this process are compiled from `file` as far as it holds their code. Node's own cache
 * holds what is compiled at once when a module is read, so each start compiles again whatever it runs: a fifth of
 * the time to the first page. Code of another text or another Node is never used.
 */
export function startWarm(file: string): WarmCode {
  const known = read(file)
  const fresh = new Map<string, { source: number; script: Script }>()
  const prototype = Module.prototype as unknown as Loaded
  const compile = prototype._compile

  function scriptOf(text: string, filename: string): Script {
    const source = crc32(text)
    const kept = known.get(filename)
    const usable = kept?.source === source && crc32(kept.code) === kept.sum
    const script = new Script(`${head}${text}${tail}`, {
      filename,
      columnOffset: -head.length,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      ...(usable && { cachedData: kept.code }),
    })
    if (!usable || script.cachedDataRejected) fresh.set(filename, { source, script })
    return script
  }

  prototype._compile = function (this: Loaded, text, filename, format) {
    let script: Script | undefined
    try {
      if (format === undefined || format === 'commonjs') script = scriptOf(text, filename)
    } catch {
      // Not what it seemed to be: Node itself knows more kinds, and what to say of a mistake.
    }
    if (!script) return compile.call(this, text, filename, format)
    const values = [this.exports, requireOf(this), this, filename, dirname(filename)]
    return script.runInThisContext().apply(this.exports, values)
  }

  return {
    hasNew: () => fresh.size > 0,
    keep() {
      if (fresh.size === 0) return
      const all = read(file)
      // Of a build before this one.
      for (const name of all.keys()) if (!existsSync(name)) all.delete(name)
      for (const [name, { source, script }] of fresh) {
        const code = script.createCachedData()
        all.set(name, { source, code, sum: crc32(code) })
      }
      fresh.clear()
      write(file, all)
    },
  }
}
