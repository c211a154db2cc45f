import type { PanelName, Unit } from './panel.ts'

/** What one panel asks. `share`: the first query divided by the second, here and not in the backend, which drops NaN. */
export type PanelAsk = {
  unit: Unit
  shape: 'each' | 'share'
  /** What the answers are multiplied by to be in the unit. */
  scale: number
  queries: { name: string; query: string }[]
}

/** A known way in which metrics are named. A panel is there when all series that it `needs` are. */
export type Profile = {
  name: string
  /** Keys of finders, the most exact first. */
  by: readonly string[]
  panels: Partial<
    Record<PanelName, { needs: readonly string[]; ask: (matchers: string, window: string) => PanelAsk }>
  >
}

const each = (unit: Unit, queries: PanelAsk['queries'], scale = 1): PanelAsk => ({
  ...{ unit, queries, scale, shape: 'each' },
})
const rate = (metric: string, matchers: string, window: string) =>
  `sum(rate(${metric}{${matchers}}[${window}]))`

/** Requests with their outcome and duration. `failed` are matchers; several stand for labels that differ by library. */
function requests(given: {
  name: string
  by: Profile['by']
  total: string
  failed: readonly string[]
  buckets: string
  scale?: number
}): Profile {
  const { total, failed, buckets } = given
  return {
    name: given.name,
    by: given.by,
    panels: {
      traffic: {
        needs: [total],
        ask: (m, w) => each('per-second', [{ name: 'requests', query: rate(total, m, w) }]),
      },
      errors: {
        needs: [total],
        ask: (m, w) => ({
          ...{ unit: 'share', shape: 'share', scale: 1 },
          queries: [
            {
              name: 'failed requests',
              query: failed.map((which) => rate(total, `${m},${which}`, w)).join(' or '),
            },
            { name: 'requests', query: rate(total, m, w) },
          ],
        }),
      },
      latency: {
        needs: [buckets],
        ask: (m, w) =>
          each(
            'seconds',
            [0.95, 0.5].map((q) => ({
              name: q === 0.5 ? 'median' : '95 of 100',
              query: `histogram_quantile(${q}, sum by (le) (rate(${buckets}{${m}}[${w}])))`,
            })),
            given.scale,
          ),
      },
    },
  }
}

const memory = 'container_memory_working_set_bytes'
const cpu = 'container_cpu_usage_seconds_total'
const limits = 'kube_pod_container_resource_limits'
const restarts = 'kube_pod_container_status_restarts_total'
const on = 'on (namespace, pod, container)'

/** In the order in which they are tried; the first that an application has series of is shown. */
export const knownProfiles: readonly Profile[] = [
  requests({
    name: 'OpenTelemetry HTTP server',
    by: ['pods', 'app', 'service-name'],
    total: 'http_server_request_duration_seconds_count',
    failed: ['http_response_status_code=~"5.."'],
    buckets: 'http_server_request_duration_seconds_bucket',
  }),
  requests({
    name: 'Istio',
    by: ['mesh'],
    total: 'istio_requests_total',
    failed: ['response_code=~"5.."'],
    buckets: 'istio_request_duration_milliseconds_bucket',
    scale: 0.001,
  }),
  requests({
    name: 'Cilium Hubble',
    by: ['hubble'],
    total: 'hubble_http_requests_total',
    failed: ['status=~"5.."'],
    buckets: 'hubble_http_request_duration_seconds_bucket',
  }),
  requests({
    name: 'ingress-nginx',
    by: ['ingress', 'ingress-plain'],
    total: 'nginx_ingress_controller_requests',
    failed: ['status=~"5.."'],
    buckets: 'nginx_ingress_controller_request_duration_seconds_bucket',
  }),
  requests({
    name: 'HTTP requests by convention',
    by: ['pods', 'app'],
    total: 'http_requests_total',
    failed: ['code=~"5.."', 'status=~"5.."', 'status_code=~"5.."'],
    buckets: 'http_request_duration_seconds_bucket',
  }),
  requests({
    name: 'Micrometer HTTP server',
    by: ['pods', 'app'],
    total: 'http_server_requests_seconds_count',
    failed: ['status=~"5.."'],
    buckets: 'http_server_requests_seconds_bucket',
  }),
  requests({
    name: 'gRPC server',
    by: ['pods', 'app'],
    total: 'grpc_server_handled_total',
    failed: ['grpc_code=~"Unknown|DeadlineExceeded|Unimplemented|Internal|Unavailable|DataLoss"'],
    buckets: 'grpc_server_handling_seconds_bucket',
  }),
  {
    name: 'cAdvisor and kube-state-metrics',
    by: ['pods', 'container'],
    panels: {
      saturation: {
        needs: [memory, cpu, limits],
        ask: (m, w) =>
          each('share', [
            {
              name: 'memory of its limit',
              query: `max(max by (namespace, pod, container) (${memory}{${m},container!=""}) / ${on} max by (namespace, pod, container) (${limits}{${m},resource="memory"}))`,
            },
            {
              name: 'CPU of its limit',
              query: `max(sum by (namespace, pod, container) (rate(${cpu}{${m},container!=""}[${w}])) / ${on} max by (namespace, pod, container) (${limits}{${m},resource="cpu"}))`,
            },
          ]),
      },
    },
  },
  {
    name: 'cAdvisor',
    by: ['pods', 'container'],
    panels: {
      saturation: {
        needs: [memory],
        ask: (m) =>
          each('bytes', [{ name: 'memory, largest container', query: `max(${memory}{${m},container!=""})` }]),
      },
    },
  },
  {
    name: 'kube-state-metrics',
    by: ['pods', 'container'],
    panels: {
      errors: {
        needs: [restarts],
        ask: (m, w) => each('count', [{ name: 'restarts', query: `sum(increase(${restarts}{${m}}[${w}]))` }]),
      },
    },
  },
  {
    name: 'kube-state-metrics',
    by: ['workload'],
    panels: {
      saturation: {
        needs: ['kube_deployment_status_replicas_unavailable'],
        ask: (m) =>
          each('count', [
            {
              name: 'replicas not available',
              query: `sum(kube_deployment_status_replicas_unavailable{${m}})`,
            },
          ]),
      },
    },
  },
]
