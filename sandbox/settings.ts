import { parseArgs } from 'node:util'

export type SandboxArguments = {
  /** The pretend systems listen on the ports after this one; 0 takes any free ports. */
  port: number
  /** Generated services beside the named ones. */
  services: number
  /** How many Argo CD: 1, or 2 with a smaller one at the edge. */
  instances: number
  /** Where countersign.yaml and the token files go. */
  dir: string
  /** Address of the portal that signs people in here. */
  portalUrl: string
}

export const defaults: SandboxArguments = {
  port: 4100,
  services: 0,
  instances: 1,
  dir: '.countersign/sandbox',
  portalUrl: 'http://127.0.0.1:4000',
}

/** The command line of `npm run sandbox`; a sentence when it cannot be read. */
export function readArguments(argv: readonly string[]): SandboxArguments | { problem: string } {
  let given: { port?: string; services?: string; instances?: string; dir?: string; portal?: string }
  try {
    given = parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string' },
        services: { type: 'string' },
        instances: { type: 'string' },
        dir: { type: 'string' },
        portal: { type: 'string' },
      },
    }).values
  } catch (error) {
    return {
      problem: `${(error as Error).message.split('.')[0]}. Known: --port, --services, --instances, --dir, --portal.`,
    }
  }
  const port = Number(given.port ?? defaults.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_500)
    return { problem: '--port wants a number from 0 to 65500.' }
  const services = Number(given.services ?? defaults.services)
  if (!Number.isInteger(services) || services < 0 || services > 50_000) {
    return { problem: '--services wants a number from 0 to 50000.' }
  }
  const instances = Number(given.instances ?? defaults.instances)
  if (instances !== 1 && instances !== 2) return { problem: '--instances wants 1 or 2.' }
  const portal = URL.parse(given.portal ?? defaults.portalUrl)
  if (!portal?.protocol.startsWith('http'))
    return { problem: '--portal wants an address such as http://127.0.0.1:4000.' }
  return { port, services, instances, dir: given.dir ?? defaults.dir, portalUrl: portal.origin }
}

/** What the configuration has to name. */
export type Addresses = {
  portalUrl: string
  argoCd: string
  /** The second Argo CD, if there is one. */
  edge?: string | undefined
  gitLab: string
  issuer: string
  clientId: string
  metrics: string
  metricsUi: string
  logs: string
  alerts: string
  grafana: string
}

/** Files of secrets beside the configuration, as it names them. */
export const secretFiles = {
  argoCd: 'argocd.token',
  edge: 'argocd-edge.token',
  oidc: 'oidc.secret',
  gitLab: 'gitlab.token',
  alerts: 'alerts.secret',
} as const

const edgeInstance = (url: string) => `  - name: edge
    url: ${url}
    webUrl: ${url}
    token: { file: ./${secretFiles.edge} }
`
const edgeRule = `    - name: targets
      when: { label: acme.example/target }
      service: '{label:acme.example/service}'
      environment: '{label:acme.example/env}'
      target: '{label:acme.example/target}'
      team: '{label:acme.example/team}'
`

/** countersign.yaml for a portal that works on this sandbox. */
export function configuration(at: Addresses): string {
  return `# Written by the sandbox each time it starts. Everything in it is pretend.
url: ${at.portalUrl}
instances:
  - name: main
    url: ${at.argoCd}
    webUrl: ${at.argoCd}
    token: { file: ./${secretFiles.argoCd} }
${at.edge === undefined ? '' : edgeInstance(at.edge)}catalog:
  environments:
    - { name: dev }
    - { name: staging }
    - { name: prod, protected: true }
  rules:
${at.edge === undefined ? '' : edgeRule}    - name: labels
      when: { label: acme.example/service }
      service: '{label:acme.example/service}'
      environment: '{label:acme.example/env}'
      team: '{label:acme.example/team}'
access:
  issuer: ${at.issuer}
  clientId: ${at.clientId}
  clientSecret: { file: ./${secretFiles.oidc} }
  grants:
    - { group: /shop/developers, role: developer }
    - { group: /shop/approvers, role: approver }
    - { group: /payments/leads, role: manager }
    - { group: /auditors, role: auditor }
    - { group: /platform/admins, role: admin }
    - { group: /payments/leads, role: break-glass }
policies:
  - environments: [prod]
    services: [payments]
    groups:
      - { group: /payments/leads, count: 1 }
      - { group: /shop/approvers, count: 1 }
  - environments: [prod]
    services: [ledger]
    approvals: 1
    excludeAuthors: true
    unknownAuthor: one-more-approval
    raise:
      - { when: [rbac, removed, volume-claim-removed] }
  - environments: [prod]
    approvals: 2
    expiresAfter: 24h
signals:
  metrics: { url: ${at.metrics}, uiUrl: ${at.metricsUi} }
  logs: { url: ${at.logs}, uiUrl: ${at.logs} }
  alerts: { url: ${at.alerts}, webhook: { secret: { file: ./${secretFiles.alerts} } } }
  grafana:
    url: ${at.grafana}
    orgId: 1
    metricsDatasource: { uid: vm, type: prometheus }
    logsDatasource: { uid: vl, type: victoriametrics-logs-datasource }
    dashboard:
      uid: service-release
      variables: { namespace: '{namespace}', app: '{label:acme.example/service}' }
evidence:
  git:
    - { match: http://git.acme.example:8000/, kind: gitlab, url: ${at.gitLab}, token: { file: ./${secretFiles.gitLab} } }
anchors:
  - { kind: file, path: ./anchors/checkpoints.txt }
`
}
