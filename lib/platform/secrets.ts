import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SecretRef } from './config-values.ts'
import { type EnvSource, homeDir, ownEnv } from './env.ts'
import { newSecret } from './ids.ts'
import { StartupProblem } from './startup-problem.ts'

function read(ref: SecretRef, source: EnvSource): { value: string } | { problem: string } {
  if ('env' in ref) {
    const value = source[ref.env]?.trim()
    return value ? { value } : { problem: `environment variable ${ref.env} is not set` }
  }
  try {
    if ((statSync(ref.file).mode & 0o004) !== 0)
      return { problem: `${ref.file} can be read by everyone on this machine; chmod 640 it` }
    const value = readFileSync(ref.file, 'utf8').trim()
    return value ? { value } : { problem: `${ref.file} is empty` }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return {
      problem: code === 'ENOENT' ? `${ref.file} does not exist` : `${ref.file} cannot be read (${code})`,
    }
  }
}

/** Why the secret cannot be had, as a sentence part, or undefined. Files must not be readable by everyone. */
export function secretProblem(ref: SecretRef, source: EnvSource = ownEnv()): string | undefined {
  const result = read(ref, source)
  return 'problem' in result ? result.problem : undefined
}

/** The secret itself, read anew each time so that a rotated file takes effect. Throws a StartupProblem. */
export function readSecret(ref: SecretRef, source: EnvSource = ownEnv()): string {
  const result = read(ref, source)
  if ('problem' in result) throw new StartupProblem(`A secret is missing: ${result.problem}.`)
  return result.value
}

/** The secret behind cookies: the configured one, or one made on first use and kept on this machine. */
export function sessionSecret(access: { sessionSecret?: SecretRef | undefined }, home = homeDir()): string {
  if (access.sessionSecret) return readSecret(access.sessionSecret)
  const file = join(home, 'session.secret')
  try {
    mkdirSync(dirname(file), { recursive: true })
    // `wx`: of two webs that start at once one makes it, the other reads it.
    writeFileSync(file, newSecret(), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readSecret({ file })
}
