import { lookup as systemLookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { quoted } from '#lib/metrics/label.ts'

export type SignalKind = 'metrics' | 'logs' | 'alerts'

/** Labels (fields, for logs) that every answer must have; the backend is told apart from the query. Never empty. */
export type SignalScope = Readonly<Record<string, string>>
export type SignalParams = readonly (readonly [string, string])[]

/** A request that our own code should not have made: it says which rule, never what was in it. */
export class ForbiddenRequest extends Error {
  override name = 'ForbiddenRequest'
}

const metricsRange = ['start', 'end', 'limit']
const logsRange = ['query', 'start', 'end', 'timeout']

/** Everything that may be read, with the parameters that may be given; what widens or names a scope is not among them. */
const allowed: Record<SignalKind, Record<string, readonly string[]>> = {
  metrics: {
    '/api/v1/query': ['query', 'time', 'step', 'timeout', 'nocache', 'round_digits'],
    '/api/v1/query_range': ['query', 'start', 'end', 'step', 'timeout', 'nocache', 'round_digits'],
    '/api/v1/series': ['match[]', ...metricsRange],
    '/api/v1/labels': ['match[]', ...metricsRange],
  },
  logs: {
    '/select/logsql/query': [...logsRange, 'limit', 'offset'],
    '/select/logsql/hits': [...logsRange, 'step', 'field', 'fields_limit', 'offset'],
    '/select/logsql/stats_query': [...logsRange, 'time'],
    '/select/logsql/stats_query_range': [...logsRange, 'step', 'offset'],
    '/select/logsql/field_names': logsRange,
    '/select/logsql/field_values': [...logsRange, 'field', 'limit'],
    '/select/logsql/streams': [...logsRange, 'limit'],
    '/select/logsql/facets': [...logsRange, 'limit', 'max_values_per_field'],
    '/select/logsql/tail': ['query', 'start_offset', 'offset', 'refresh_interval'],
  },
  alerts: {
    '/api/v2/alerts': ['filter', 'active', 'silenced', 'inhibited', 'unprocessed', 'receiver'],
    '/api/v2/alerts/groups': ['filter', 'active', 'silenced', 'inhibited', 'receiver'],
    '/api/v2/silences': ['filter'],
  },
}
const labelValues = /^\/api\/v1\/label\/[a-zA-Z_][a-zA-Z0-9_]{0,99}\/values$/

/** The whole query string of a request within its scope. Throws ForbiddenRequest for what is not on the list. */
export function guarded(
  kind: SignalKind,
  path: string,
  params: SignalParams,
  scope: SignalScope,
): [string, string][] {
  const isLabelValues = kind === 'metrics' && labelValues.test(path)
  const names = isLabelValues
    ? ['match[]', ...metricsRange]
    : Object.hasOwn(allowed[kind], path)
      ? allowed[kind][path]
      : undefined
  if (!names) throw new ForbiddenRequest(`${kind}: this path is not on the list of what may be read`)
  const labels = Object.entries(scope)
  if (labels.length === 0 || labels.some(([name, value]) => name === '' || value === ''))
    throw new ForbiddenRequest(`${kind}: nothing is read without a scope`)
  for (const [name, value] of params) {
    if (!names.includes(name)) throw new ForbiddenRequest(`${kind}: the parameter ${name} may not be given`)
    if (kind === 'logs' && name === 'query' && escapesRange(value))
      throw new ForbiddenRequest('logs: a query may not set options')
  }
  return [...params.map(([name, value]): [string, string] => [name, value]), ...scoped(kind, scope)]
}

/** How each system is told to add a filter of its own to every part of a query. */
function scoped(kind: SignalKind, scope: SignalScope): [string, string][] {
  const labels = Object.entries(scope)
  if (kind === 'logs') return [['extra_filters', JSON.stringify(scope)]]
  if (kind === 'alerts') return labels.map(([name, value]) => ['filter', `${name}=${quoted(value)}`])
  return labels.map(([name, value]) => ['extra_label', `${name}=${value}`])
}

/** `options(…)` outside of quotes: it would let a query out of `start` and `end`. */
function escapesRange(query: string): boolean {
  const bare = query.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/gs, '""')
  return /\boptions\s*\(/i.test(bare)
}

const never = new BlockList()
/** Metadata services and what is no place at all. */
never.addSubnet('169.254.0.0', 16, 'ipv4')
never.addSubnet('0.0.0.0', 8, 'ipv4')
never.addSubnet('224.0.0.0', 3, 'ipv4')
never.addAddress('100.100.100.200', 'ipv4')
never.addAddress('192.0.0.192', 'ipv4')
never.addSubnet('fe80::', 10, 'ipv6')
never.addSubnet('ff00::', 8, 'ipv6')
never.addAddress('::', 'ipv6')
never.addAddress('fd00:ec2::254', 'ipv6')
never.addSubnet('64:ff9b::', 96, 'ipv6')
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Numbers as IPv4 where IPv6 only wraps them (`::ffff:a.b.c.d`): the same machine answers. */
function listed(list: BlockList, ip: string): boolean {
  return list.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Why nothing may be sent to this address, or undefined. Private networks are where such systems stand, so they are
 * allowed; metadata services are not, however the number is written.
 */
export function addressRefusal(address: string): string | undefined {
  const url = URL.parse(address)
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return 'it is not an http or https address'
  if (url.username || url.password) return 'it carries a user name or password'
  if (url.search || url.hash) return 'it carries a query'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (/^(metadata|instance-data)(\.|$)/i.test(host)) return 'it names a metadata service'
  if (isIP(host) && listed(never, host)) return 'it is an address that no signals come from'
  return undefined
}

/** Whether a name may stand for this number: what a name server says later must not lead elsewhere. */
export function mayResolve(host: string, ip: string): boolean {
  if (listed(never, ip)) return false
  return !listed(loopback, ip) || /^(.*\.)?localhost$/i.test(host)
}

/** Looks a name up once, and connects to nothing but what was looked at here. */
export const guardedLookup: LookupFunction = (host, options, callback) => {
  systemLookup(host, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, [])
    if (found.length === 0 || !found.every(({ address }) => mayResolve(host, address)))
      return callback(
        Object.assign(new Error('the name leads to a forbidden address'), { code: 'EACCES' }),
        [],
      )
    const [first] = found
    if (options.all || !first) return callback(null, found)
    callback(null, first.address, first.family)
  })
}
