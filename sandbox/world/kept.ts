import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { World } from './world.ts'

const everyMs = 5_000
const names = ['main', 'edge'] as const
type Name = (typeof names)[number]

/**
 * Worlds in files of a folder. Without them every start would be another past of the same applications, which a
 * portal that remembers must take for changes behind its back.
 */
export function keptWorlds(dir: string) {
  const file = (name: Name) => join(dir, `world-${name}.bin`)
  const written = new Map<Name, number>()

  function write(name: Name, world: World): void {
    const version = world.inner.lastVersion
    if (written.get(name) === version) return
    mkdirSync(dir, { recursive: true })
    // Whole or not at all: the process may be killed at any moment.
    writeFileSync(`${file(name)}.new`, world.save())
    renameSync(`${file(name)}.new`, file(name))
    written.set(name, version)
  }

  return {
    read(name: Name): Uint8Array | undefined {
      try {
        return readFileSync(file(name))
      } catch {
        return undefined
      }
    },
    /** Writes whatever changed, again and again and at the end. Returns the end. */
    follow(worlds: Record<Name, World | undefined>): () => void {
      const writeAll = () => {
        for (const name of names) if (worlds[name]) write(name, worlds[name])
      }
      const timer = setInterval(writeAll, everyMs)
      timer.unref()
      return () => {
        clearInterval(timer)
        writeAll()
      }
    },
  }
}
