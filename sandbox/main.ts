import { resolve } from 'node:path'
import { fullName } from '#sandbox/oidc/people.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { readArguments } from './settings.ts'

const given = readArguments(process.argv.slice(2))
if ('problem' in given) stop(given.problem)
else await run(given)

async function run({
  port,
  services,
  instances,
  dir,
  portalUrl,
}: Exclude<typeof given, { problem: string }>): Promise<void> {
  let sandbox: Sandbox
  let file: string
  try {
    sandbox = await startSandbox({ port, services, instances, portalUrl, keepIn: resolve(dir) })
    file = await sandbox.writeConfig(resolve(dir))
  } catch (error) {
    return stop(`The sandbox cannot start: ${error instanceof Error ? error.message : String(error)}`)
  }
  const { argoCd, edge, gitLab, oidc, signals, notes } = sandbox
  const lines = [
    ...notes,
    `Argo CD          ${argoCd.url}`,
    ...(edge ? [`Argo CD, edge    ${edge.url}`] : []),
    `GitLab           ${gitLab.url}`,
    `OpenID provider  ${oidc.issuer}`,
    `Metrics          ${signals.metrics}`,
    `Logs             ${signals.logs}`,
    `Alerts           ${signals.alerts}`,
    `Grafana          ${signals.grafana}`,
    '',
    'Who can sign in (no passwords):',
    ...oidc.people.map((person) => `  ${fullName(person).padEnd(14)} ${person.role}`),
    '',
    `Configuration:   ${file}`,
    `Portal:          ${portalUrl} (start it with COUNTERSIGN_CONFIG set to that file)`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void sandbox.close().then(() => process.exit(0)))
  }
}

function stop(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
  process.exitCode = 1
}
