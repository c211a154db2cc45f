import { accessSync, constants, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { crossCheck, type Finding } from './config-checks.ts'
import { issueProblems, type Problem, problem, problemsText, type Source } from './config-problems.ts'
import { type Config, configJsonSchema, configSchema } from './config-schema.ts'
import type { SecretRef } from './config-values.ts'
import { type EnvSource, ownEnv, type ProcessKind, processKind } from './env.ts'
import { ok, type Result, refuse } from './result.ts'
import { secretProblem } from './secrets.ts'
import { StartupProblem } from './startup-problem.ts'

export type { Config } from './config-schema.ts'

/** Everything that is wrong with countersign.yaml; the message has one line for each. */
export class ConfigError extends StartupProblem {
  override name = 'ConfigError'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(problemsText(problems))
    this.problems = problems
  }
}

/** YAML writes an empty block as null; to people it means "not given". */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, withoutNulls(item)]])),
  )
}

export const signalKinds = ['metrics', 'logs', 'alerts'] as const
type SignalSystem = NonNullable<Config['signals'][(typeof signalKinds)[number]]>

function signalSystem(system: SignalSystem, secret: (ref: SecretRef) => SecretRef): SignalSystem {
  const placed = <T extends { token?: SecretRef | undefined }>(place: T): T =>
    place.token ? { ...place, token: secret(place.token) } : place
  const { environments } = system
  return {
    ...placed(system),
    ...('webhook' in system && system.webhook && { webhook: { secret: secret(system.webhook.secret) } }),
    ...(environments && {
      environments: Object.fromEntries(
        Object.entries(environments).map(([name, place]) => [name, placed(place)]),
      ),
    }),
  }
}

function inFolder(config: Config, folder: string): Config {
  const at = (path: string) => resolve(folder, path)
  const secret = (ref: SecretRef): SecretRef => ('file' in ref ? { file: at(ref.file) } : ref)
  const { access } = config
  return {
    ...config,
    database: { embeddedDir: at(config.database.embeddedDir) },
    instances: config.instances.map((instance) => ({
      ...instance,
      token: secret(instance.token),
      ...(instance.caBundle === undefined ? {} : { caBundle: at(instance.caBundle) }),
    })),
    access: {
      ...access,
      clientSecret: secret(access.clientSecret),
      ...(access.sessionSecret ? { sessionSecret: secret(access.sessionSecret) } : {}),
    },
    signals: {
      ...config.signals,
      ...Object.fromEntries(
        signalKinds.flatMap((kind) => {
          const system = config.signals[kind]
          return system ? [[kind, signalSystem(system, secret)]] : []
        }),
      ),
    },
    evidence: {
      git: config.evidence.git.map((git) => (git.token ? { ...git, token: secret(git.token) } : git)),
    },
    audit: {
      ...config.audit,
      ...(config.audit.stream?.token && {
        stream: { ...config.audit.stream, token: secret(config.audit.stream.token) },
      }),
    },
    anchors: config.anchors.map((anchor) => {
      if (anchor.kind === 'file') return { ...anchor, path: at(anchor.path) }
      return 'token' in anchor && anchor.token ? { ...anchor, token: secret(anchor.token) } : anchor
    }),
  }
}

type Located<T> = { path: (string | number)[]; value: T }

const deploySecrets = (config: Config): Located<SecretRef>[] => [
  ...config.instances.map((instance, index) => ({
    path: ['instances', index, 'token'],
    value: instance.token,
  })),
  ...config.evidence.git.flatMap((git, index) =>
    git.token ? [{ path: ['evidence', 'git', index, 'token'], value: git.token }] : [],
  ),
]

const signInSecrets = ({ access, signals }: Config): Located<SecretRef>[] => [
  ...(signals.alerts?.webhook
    ? [{ path: ['signals', 'alerts', 'webhook', 'secret'], value: signals.alerts.webhook.secret }]
    : []),
  { path: ['access', 'clientSecret'], value: access.clientSecret },
  ...(access.sessionSecret ? [{ path: ['access', 'sessionSecret'], value: access.sessionSecret }] : []),
]

/** What only the signer hands checkpoints over with. */
const anchorSecrets = ({ anchors }: Config): Located<SecretRef>[] =>
  anchors.flatMap((anchor, index) =>
    'token' in anchor && anchor.token ? [{ path: ['anchors', index, 'token'], value: anchor.token }] : [],
  )

/** What only the worker hands the log over with. */
const streamSecrets = ({ audit }: Config): Located<SecretRef>[] =>
  audit.stream?.token ? [{ path: ['audit', 'stream', 'token'], value: audit.stream.token }] : []

/** What web and worker both read signals with. */
const signalSecrets = ({ signals }: Config): Located<SecretRef>[] =>
  signalKinds.flatMap((kind) => {
    const system = signals[kind]
    const all = [
      { path: ['signals', kind], token: system?.token },
      ...Object.entries(system?.environments ?? {}).map(([name, { token }]) => ({
        path: ['signals', kind, 'environments', name],
        token,
      })),
    ]
    return all.flatMap(({ path, token }) => (token ? [{ path: [...path, 'token'], value: token }] : []))
  })

/** Environment variables that hold secrets which a process of this kind must not see; for `childEnv`. */
export function foreignSecretVariables(config: Config, kind: ProcessKind): string[] {
  const foreign = {
    web: [...deploySecrets(config), ...anchorSecrets(config), ...streamSecrets(config)],
    worker: [...signInSecrets(config), ...anchorSecrets(config)],
    signer: [deploySecrets, signInSecrets, signalSecrets, streamSecrets].flatMap((of) => of(config)),
    tool: [],
  }
  return foreign[kind].flatMap(({ value }) => ('env' in value ? [value.env] : []))
}

/** Each kind of process checks the files and variables that it needs itself: no other kind may have them. */
function surroundings(config: Config, kind: ProcessKind, env: EnvSource): Finding[] {
  const needed = {
    web: [...signInSecrets(config), ...signalSecrets(config)],
    worker: [...deploySecrets(config), ...signalSecrets(config)],
    // An anchor without its token fails alone, and says so where the others confirm; so does the stream of the worker.
    signer: [],
    tool: [deploySecrets, signInSecrets, signalSecrets, anchorSecrets, streamSecrets].flatMap((of) =>
      of(config),
    ),
  }
  const missing = needed[kind].flatMap(({ path, value }): Finding[] => {
    const found = secretProblem(value, env)
    return found
      ? [
          {
            path,
            found: `a secret that cannot be used: ${found}`,
            allowed: 'a file that only its owner and group may read, or a variable that is set',
          },
        ]
      : []
  })
  const carried =
    kind !== 'web'
      ? []
      : deploySecrets(config).flatMap(({ path, value }): Finding[] =>
          'env' in value && env[value.env] !== undefined
            ? [
                {
                  path,
                  found: `${value.env} in the environment of the web process`,
                  allowed: 'this token in the environment of the worker only',
                },
              ]
            : [],
        )
  const bundles =
    kind === 'web' || kind === 'signer'
      ? []
      : config.instances.flatMap(({ caBundle }, index): Finding[] => {
          try {
            if (caBundle) accessSync(caBundle, constants.R_OK)
            return []
          } catch {
            return [{ path: ['instances', index, 'caBundle'], allowed: 'a file that can be read' }]
          }
        })
  return [...missing, ...carried, ...bundles]
}

/** Parses the text of a countersign.yaml that lies (or would lie) at `file`; looks at nothing but the text. */
export function parseConfig(
  text: string,
  file: string,
): Result<{ config: Config; source: Source }, Problem[]> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const syntax = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0])
    return { file, line, column: col, path: '(syntax)', found: error.message, allowed: 'YAML 1.2' }
  })
  if (syntax.length > 0) return refuse(syntax)
  const source: Source = { file, document, lines, data: withoutNulls(document.toJS()) }
  const parsed = configSchema.safeParse(source.data)
  const issues = parsed.success ? [] : parsed.error.issues
  // Made for what to say of an issue only: it takes as long as reading a file without one.
  const schema = issues.length > 0 ? configJsonSchema() : {}
  const problems = [
    ...issues.flatMap((issue) => issueProblems(source, issue, schema)),
    ...crossCheck(source.data).map((finding) => problem(source, finding)),
  ]
  if (!parsed.success || problems.length > 0) return refuse(problems)
  return ok({ config: inFolder(parsed.data, dirname(resolve(file))), source })
}

/** Reads and checks the configuration for one kind of process. Throws a ConfigError with all problems at once. */
export function loadConfig(kind: ProcessKind, env: EnvSource = ownEnv()): Config {
  const file = env.COUNTERSIGN_CONFIG || 'countersign.yaml'
  let text: string
  try {
    // The file is outside: without the comment the build takes the whole project along, in case it is meant.
    text = readFileSync(/*turbopackIgnore: true*/ file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const what = code === 'ENOENT' ? `There is no ${file}` : `${file} cannot be read (${code})`
    throw new StartupProblem(
      `${what}. Copy deploy/countersign.example.yaml to countersign.yaml and adapt it, or name another file in COUNTERSIGN_CONFIG.`,
    )
  }
  const parsed = parseConfig(text, file)
  if (!parsed.ok) throw new ConfigError(parsed.refusal)
  const { config, source } = parsed.value
  const problems = surroundings(config, kind, env).map((finding) => problem(source, finding))
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

let loaded: Config | undefined

/** This process's configuration, read once. Throws like `loadConfig`. */
export function getConfig(): Config {
  loaded ??= loadConfig(processKind())
  return loaded
}
