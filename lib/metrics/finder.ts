import { type Labels, quoted } from './label.ts'

/** What is known of an application that its series can be found by. */
export type MetricsSubject = {
  /** Where its workloads run. */
  namespace: string
  service: string
  workloads: readonly { kind: string; name: string }[]
  /** Names of its Kubernetes Services, which ingresses count by. */
  services: readonly string[]
}

/** One way to say "the series of this application". `scope` is enforced by the backend besides. */
export type Finder = {
  key: string
  words: string
  scope: Labels
  /** What stands between the braces of a selector. */
  matchers: string
}

/** A text that matches only itself, in RE2 and in JavaScript. */
export function escapedRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
}

const oneOf = (names: readonly string[]) => quoted(names.map(escapedRegex).join('|'))

/** Names of pods as the controllers make them: a Deployment's `checkout` must not match those of `checkout-worker`. */
function podPattern({ kind, name }: { kind: string; name: string }): string {
  const ending = { StatefulSet: '-[0-9]+', DaemonSet: '-[a-z0-9]{5}' }[kind] ?? '-[a-z0-9]{1,10}-[a-z0-9]{5}'
  return `${escapedRegex(name)}${ending}`
}

/** Every way to find this application that what is known of it allows for. */
export function findersOf(subject: MetricsSubject): Finder[] {
  const { namespace, service, workloads, services } = subject
  const names = [...new Set(workloads.map(({ name }) => name))]
  const inNamespace = `namespace=${quoted(namespace)}`
  const scope = { namespace }
  const finders: (Finder | false)[] = [
    names.length > 0 && {
      key: 'pods',
      words: 'names of its pods',
      scope,
      matchers: `${inNamespace},pod=~${quoted(workloads.map(podPattern).join('|'))}`,
    },
    {
      key: 'app',
      words: 'label app',
      scope: { ...scope, app: service },
      matchers: `${inNamespace},app=${quoted(service)}`,
    },
    {
      key: 'service-name',
      words: 'label service_name',
      scope: { ...scope, service_name: service },
      matchers: `${inNamespace},service_name=${quoted(service)}`,
    },
    names.length > 0 && {
      key: 'mesh',
      words: 'its workloads as destination',
      scope: { destination_workload_namespace: namespace },
      matchers: `reporter="destination",destination_workload_namespace=${quoted(namespace)},destination_workload=~${oneOf(names)}`,
    },
    names.length > 0 && {
      key: 'hubble',
      words: 'its workloads as destination',
      scope: { destination_namespace: namespace },
      matchers: `reporter="server",destination_namespace=${quoted(namespace)},destination_workload=~${oneOf(names)}`,
    },
    services.length > 0 && {
      key: 'ingress',
      words: 'its Kubernetes Services, exported labels',
      scope: { exported_namespace: namespace },
      matchers: `exported_namespace=${quoted(namespace)},exported_service=~${oneOf(services)}`,
    },
    services.length > 0 && {
      key: 'ingress-plain',
      words: 'its Kubernetes Services',
      scope,
      matchers: `${inNamespace},service=~${oneOf(services)}`,
    },
    {
      key: 'container',
      words: 'name of the container',
      scope,
      matchers: `${inNamespace},container=~${oneOf([...new Set([...names, service])])}`,
    },
    names.length > 0 && {
      key: 'workload',
      words: 'its Deployments',
      scope,
      matchers: `${inNamespace},deployment=~${oneOf(names)}`,
    },
  ]
  return finders.filter((finder) => finder !== false)
}
