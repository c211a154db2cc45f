import { z } from 'zod'
import { StartupProblem } from './startup-problem.ts'

export { ownEnv } from './early-env.ts'

/** `tool` is every command a person runs: migrate, doctor, verify, the supervisor. */
export const processKinds = ['web', 'worker', 'signer', 'tool'] as const
export type ProcessKind = (typeof processKinds)[number]

/** Where values come from: `process.env`, or an object in tests. */
export type EnvSource = Record<string, string | undefined>

// An empty variable means "not given": container manifests often set what they do not use to ''.
const optional = z
  .string()
  .optional()
  .transform((value) => (value === '' ? undefined : value))
const postgresUrl = optional.refine((value) => value === undefined || /^postgres(ql)?:\/\//.test(value), {
  error: 'is not an address such as postgresql://user:password@host:5432/countersign',
})
const port = optional
  .refine((value) => value === undefined || /^\d{1,5}$/.test(value), { error: 'is not a port number' })
  .transform((value) => (value === undefined ? undefined : Number(value)))
const required = (role: string) =>
  postgresUrl.refine((value) => value !== undefined, {
    error: `is not set: npm start sets it; a ${role} started alone needs the address of its own Postgres role`,
  })

const common = {
  NODE_ENV: z
    .enum(['development', 'production', 'test'], { error: 'is not development, production or test' })
    .default('development'),
  COUNTERSIGN_CONFIG: optional,
  COUNTERSIGN_HOME: optional,
}

const schemas = {
  web: z.object({ ...common, DATABASE_URL_WEB: required('web'), PORT: port, COUNTERSIGN_HOST: optional }),
  worker: z.object({ ...common, DATABASE_URL_WORKER: required('worker') }),
  signer: z.object({ ...common, DATABASE_URL_SIGNER: required('signer'), COUNTERSIGN_SIGNING_KEY: optional }),
  tool: z.object({
    ...common,
    DATABASE_URL: postgresUrl,
    DATABASE_URL_WEB: postgresUrl,
    DATABASE_URL_WORKER: postgresUrl,
    DATABASE_URL_SIGNER: postgresUrl,
    COUNTERSIGN_SIGNING_KEY: optional,
    PORT: port,
    COUNTERSIGN_HOST: optional,
  }),
} as const satisfies Record<ProcessKind, z.ZodType>

export type Env<K extends ProcessKind = ProcessKind> = z.output<(typeof schemas)[K]>

/**
 * The environment variables of one kind of process, parsed. Throws a StartupProblem that names every variable
 * that is missing or wrong; values are never repeated, an address may hold a password.
 */
export function readEnv<K extends ProcessKind>(kind: K, source: EnvSource = process.env): Env<K> {
  const parsed = schemas[kind].safeParse(source)
  if (parsed.success) return parsed.data as Env<K>
  const sentences = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`)
  throw new StartupProblem([...new Set(sentences)].join('\n'))
}

/** Which kind this process is, as whoever started it said in COUNTERSIGN_PROCESS. */
export function processKind(source: EnvSource = process.env): ProcessKind {
  return processKinds.find((kind) => kind === source.COUNTERSIGN_PROCESS) ?? 'tool'
}

/** The Postgres address of this process's own role; undefined only in a tool without DATABASE_URL. */
export function databaseUrl(
  kind: ProcessKind = processKind(),
  source: EnvSource = process.env,
): string | undefined {
  switch (kind) {
    case 'web':
      return readEnv('web', source).DATABASE_URL_WEB
    case 'worker':
      return readEnv('worker', source).DATABASE_URL_WORKER
    case 'signer':
      return readEnv('signer', source).DATABASE_URL_SIGNER
    case 'tool':
      return readEnv('tool', source).DATABASE_URL
  }
}

/** The folder of what Countersign keeps on this machine: embedded database, session secret, signing key. */
export function homeDir(source: EnvSource = process.env): string {
  return source.COUNTERSIGN_HOME || '.countersign'
}

const databaseVariables = ['DATABASE_URL', 'DATABASE_URL_WEB', 'DATABASE_URL_WORKER', 'DATABASE_URL_SIGNER']
const ownDatabaseVariable = {
  web: 'DATABASE_URL_WEB',
  worker: 'DATABASE_URL_WORKER',
  signer: 'DATABASE_URL_SIGNER',
} as const

/**
 * The environment a supervisor gives to a child: everything of `source` except the other roles' database
 * addresses and `foreignSecrets`, the variables that only other processes may see (`foreignSecretVariables`).
 */
export function childEnv(
  kind: Exclude<ProcessKind, 'tool'>,
  foreignSecrets: readonly string[],
  source: EnvSource = process.env,
): EnvSource {
  const hidden = new Set([
    ...databaseVariables.filter((name) => name !== ownDatabaseVariable[kind]),
    ...foreignSecrets,
  ])
  const kept = Object.entries(source).filter(([name]) => !hidden.has(name))
  return { ...Object.fromEntries(kept), COUNTERSIGN_PROCESS: kind }
}
