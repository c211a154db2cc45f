import type { EnvSource } from './env.ts'

/** What Node and the system themselves read while a process begins, and which installation it is of. Never a secret. */
const harmless = new Set([
  'PATH',
  'HOME',
  'TMPDIR',
  'TEMP',
  'TMP',
  'TZ',
  'LANG',
  'LC_ALL',
  'SystemRoot',
  'NODE_OPTIONS',
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'COUNTERSIGN_CONFIG',
  'COUNTERSIGN_HOME',
])

/**
 * The environment of a process that begins before the configuration is read: which other variables it may see is not
 * known yet, so it sees none and adopts them later.
 */
export const earlyEnv = (source: EnvSource): EnvSource =>
  Object.fromEntries(Object.entries(source).filter(([name]) => harmless.has(name)))

/** The environment of this process, for the few places that look up a variable named in the configuration. */
export const ownEnv = (): EnvSource => process.env

/** Takes over the variables that whoever started this process chose for it. */
export function adoptEnv(chosen: EnvSource): void {
  Object.assign(process.env, chosen)
}
