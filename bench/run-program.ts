import { spawn } from 'node:child_process'
import type { EnvSource } from '#lib/platform/env.ts'

/** Runs Node with these arguments to the end. Throws with everything it printed when it fails. */
export function run(args: readonly string[], env: EnvSource): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const child = spawn(process.execPath, args, {
    env: env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  child.once('error', reject)
  child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(output))))
  return promise
}
