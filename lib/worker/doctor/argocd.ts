import { readFileSync } from 'node:fs'
import type { ArgoFailure } from '#lib/argocd/answer.ts'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import { type ArgoClient, createArgoClient } from '#lib/argocd/client.ts'
import { mapApplication } from '#lib/catalog/mapping.ts'
import type { Instant } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import { newSecret } from '#lib/platform/ids.ts'
import { readSecret } from '#lib/platform/secrets.ts'
import { about, type Finding } from './finding.ts'
import { failureFinding, postureFindings, some, tokenFindings, versionFinding } from './posture.ts'

type Says = ReturnType<typeof about>
type Instance = Config['instances'][number]

/** Rights with which a stolen token could do more than sync what Git says. */
const tooMuch = ['override', 'create', 'update', 'delete', 'action/*'] as const

async function listApplications(client: ArgoClient) {
  const apps: ObservedApplication[] = []
  const problems: string[] = []
  let failure: ArgoFailure | undefined
  for await (const piece of client.streamList()) {
    if (piece.kind === 'application') apps.push(piece.application)
    else if (piece.kind === 'problem')
      problems.push(`${piece.key?.name ?? 'an application'}: ${piece.problem}`)
    else if (piece.kind === 'failed') failure = piece.failure
  }
  return { apps, problems, failure }
}

async function tryRights(
  says: Says,
  client: ArgoClient,
  account: string,
  apps: ObservedApplication[],
): Promise<Finding[]> {
  const findings: Finding[] = []
  const unsyncable: string[] = []
  for (const app of apps) {
    const sync = await client.canI('applications', 'sync', `${app.project}/${app.key.name}`)
    if (!sync.ok) return [failureFinding(says, 'its rights', sync)]
    if (!sync.value) unsyncable.push(app.key.name)
  }
  if (unsyncable.length > 0)
    findings.push(
      says.blocking(
        `The account may not sync ${some(unsyncable)}. Add to policy.csv: p, ${account}, applications, sync, <project>/*, allow`,
      ),
    )
  const objects = [...new Set(['*/*', ...apps.map((app) => `${app.project}/${app.key.name}`)])].slice(0, 20)
  for (const action of tooMuch) {
    for (const object of objects) {
      const allowed = await client.canI('applications', action, object)
      if (!allowed.ok) return [...findings, failureFinding(says, 'its rights', allowed)]
      if (!allowed.value) continue
      findings.push(
        says.blocking(
          `The account may ${action} ${object}, which Countersign must not be able to. Remove what grants it “applications, ${action}” from policy.csv, its roles and policy.default.`,
        ),
      )
      break
    }
  }
  if (findings.length === 0)
    findings.push(says.fine(`The account ${account} may get and sync, and none of ${tooMuch.join(', ')}.`))
  const projects = await client.canI('projects', 'get', '*')
  if (projects.ok && !projects.value)
    findings.push(
      says.note(
        `The account may not get every project, so what those allow and their sync windows are not shown. Add to policy.csv: p, ${account}, projects, get, *, allow`,
      ),
    )
  return findings
}

async function tryAll(
  says: Says,
  client: ArgoClient,
  instance: Instance,
  catalog: Config['catalog'],
): Promise<Finding[]> {
  const version = await client.version()
  if (!version.ok) return [failureFinding(says, 'its version', version)]
  const findings = [versionFinding(says, version.value)]
  const user = await client.userinfo()
  if (!user.ok) return [...findings, failureFinding(says, 'the account of the token', user)]
  const { apps, problems, failure } = await listApplications(client)
  if (failure) return [...findings, failureFinding(says, 'its applications', failure)]
  const account = user.value.username ?? 'countersign'
  if (apps.length === 0)
    return [
      ...findings,
      says.blocking(
        `The account ${account} sees no application. Add to policy.csv: p, ${account}, applications, get, */*, allow`,
      ),
    ]
  if (problems.length > 0)
    findings.push(says.warning(`Not understood, and shown as such: ${some(problems)}.`))

  const environments = catalog.environments.map((environment) => environment.name)
  const guarded = new Set(
    catalog.environments.flatMap((environment) => (environment.protected ? [environment.name] : [])),
  )
  const mapped = apps.map((app) => ({
    app,
    mapping: mapApplication({ ...app, ...app.key, instance: instance.name }, catalog.rules, environments),
  }))
  const unmapped = mapped.flatMap(({ app, mapping }) =>
    mapping.mapped ? [] : [`${app.key.name} (${mapping.reason})`],
  )
  const guardedApps = mapped.flatMap(({ app, mapping }) =>
    mapping.mapped && guarded.has(mapping.environment) ? [app] : [],
  )
  findings.push(
    says.fine(
      `${apps.length} applications: ${apps.length - unmapped.length} mapped, ${guardedApps.length} protected.`,
    ),
  )
  if (unmapped.length > 0)
    findings.push(
      says.note(`Unmapped: ${some(unmapped)}. Add a rule to catalog.rules if they belong to a service.`),
    )
  if (guardedApps.length === 0)
    findings.push(
      says.warning(
        'No application is in a protected environment. Check catalog.rules and catalog.environments.',
      ),
    )

  findings.push(...(await tryRights(says, client, account, guardedApps)))
  if (apps.some((app) => app.owner)) {
    const sets = await client.canI('applicationsets', 'get', '*/*')
    if (sets.ok && !sets.value)
      findings.push(
        says.warning(
          `The account may not get ApplicationSets, so nobody can tell whether one of them syncs by itself. Add to policy.csv: p, ${account}, applicationsets, get, */*, allow`,
        ),
      )
  }
  return [...findings, ...postureFindings(says, guardedApps)]
}

/** One Argo CD: reachable, its version, the token and its rights, and how protected applications are set up. */
export async function examineInstance(
  instance: Instance,
  catalog: Config['catalog'],
  now: Instant,
): Promise<Finding[]> {
  const says = about(`argocd ${instance.name}`)
  const { hostname, protocol } = new URL(instance.url)
  const clear = protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
  const plain = clear
    ? [says.warning(`${instance.url} is not encrypted: whoever listens on the way has the token. Use https.`)]
    : []
  const token = readSecret(instance.token)
  const client = createArgoClient({
    name: instance.name,
    url: instance.url,
    token: () => token,
    // Nothing of this run is kept, so its masks need not be those of other runs.
    maskKey: newSecret(),
    caBundle: instance.caBundle === undefined ? undefined : readFileSync(instance.caBundle, 'utf8'),
  })
  try {
    return [...plain, ...tokenFindings(says, token, now), ...(await tryAll(says, client, instance, catalog))]
  } finally {
    await client.close()
  }
}
