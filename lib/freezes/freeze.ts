import { can, type Viewer } from '#lib/access/policy.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { assertNever, ok, type Result, refuse } from '#lib/platform/result.ts'

/** A freeze denies releases while it is on; where deployment windows are defined, one of them has to be on. */
export const freezeKinds = ['deny', 'allow'] as const
export type FreezeKind = (typeof freezeKinds)[number]

/** What it is about: whatever fits everything that is given. */
export type FreezePlace = {
  instance: string | null
  project: string | null
  environment: string | null
  service: string | null
}

/** Once, or again and again: a cron schedule by the clock on the wall of a zone, and how long each time lasts. */
export type FreezeTimes =
  | { kind: 'once'; from: Instant; to: Instant }
  | { kind: 'recurring'; schedule: string; durationMs: number }

export type Freeze = {
  id: string
  kind: FreezeKind
  place: FreezePlace
  times: FreezeTimes
  /** IANA name of the zone by which it goes and is told. */
  zone: string
  reason: string
  by: string
  at: Instant
  /** Null while nobody ended it. */
  ended: { by: string; reason: string; at: Instant } | null
}

/** `unknown`: nobody has computed its times that far, so a freeze holds and a window is shut. */
export type Standing = 'on' | 'off' | 'overridden' | 'unknown'

/** How a freeze or window stands for one application, by Postgres. `until`: when that changes; null when nobody knows. */
export type Holding = Pick<Freeze, 'id' | 'kind' | 'zone' | 'reason' | 'by'> & {
  standing: Standing
  until: Instant | null
  holding: boolean
  override: { by: string; reason: string; at: Instant } | null
}

export type FreezeRefusal =
  | { code: 'disabled' }
  | { code: 'service-account' }
  | { code: 'not-allowed-to-freeze' }
  | { code: 'no-such-place' }
  | { code: 'bad-times'; why: string }
  | { code: 'no-such-freeze' }
  | { code: 'already-over' }
  | { code: 'no-such-release' }
  | { code: 'not-allowed-to-override' }
  | { code: 'own-request' }
  | { code: 'too-late' }
  | { code: 'not-holding' }
  | { code: 'already-overridden' }

function person(by: Viewer): Result<null, FreezeRefusal> {
  if (!by.enabled) return refuse({ code: 'disabled' })
  return by.service ? refuse({ code: 'service-account' }) : ok(null)
}

/** Making and ending are for those who run the installation, where their grant covers all that it is about. */
export function mayFreeze(place: FreezePlace, by: Viewer): Result<null, FreezeRefusal> {
  const human = person(by)
  if (!human.ok) return human
  const { project, environment } = place
  const whole = by.grants.filter(
    ({ projects, environments }) =>
      (!projects || (project !== null && projects.includes(project))) &&
      (!environments || (environment !== null && environments.includes(environment))),
  )
  return can({ ...by, grants: whole }, 'freeze') ? ok(null) : refuse({ code: 'not-allowed-to-freeze' })
}

type Asked = {
  state: string
  requester: { account: string; person: string }
  application: { project: string; environment: string }
}

/** May this person let this one release through? A right of its own; nobody lets through what they asked for. */
export function mayOverride(release: Asked, by: Viewer): Result<null, FreezeRefusal> {
  const human = person(by)
  if (!human.ok) return human
  if (by.accountId === release.requester.account || by.personId === release.requester.person)
    return refuse({ code: 'own-request' })
  if (!can(by, 'override:freeze', release.application)) return refuse({ code: 'not-allowed-to-override' })
  return ['requested', 'approved', 'dispatching'].includes(release.state)
    ? ok(null)
    : refuse({ code: 'too-late' })
}

/** What it is about, as the rest of "for …". */
export function placeWords({ environment, service, project, instance }: FreezePlace): string {
  const parts = [
    ...(environment === null ? [] : [environment]),
    ...(service === null ? [] : [`service ${service}`]),
    ...(project === null ? [] : [`project ${project}`]),
    ...(instance === null ? [] : [`Argo CD ${instance}`]),
  ]
  return parts.join(', ') || 'everything'
}

const days = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays']
const two = (text: string) => text.padStart(2, '0')

/** A schedule in words where it is a simple one: `Fridays 22:00`; else as it stands. */
export function scheduleWords(schedule: string): string {
  const [, minute, hour, on] = /^(\d+) (\d+) \* \* (\*|1-5|0,6|6,0|[0-6])$/.exec(schedule) ?? []
  if (!minute || !hour || !on) return schedule
  const names: Record<string, string> = { '*': 'every day', '1-5': 'Mondays to Fridays' }
  const said = names[on] ?? (on.length > 1 ? 'Saturdays and Sundays' : days[Number(on)])
  return `${said} ${two(hour)}:${two(minute)}`
}

/** `56 h`, `1 h 30 min`. */
export function durationWords(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  return [hours > 0 && `${hours} h`, rest > 0 && `${rest} min`].filter(Boolean).join(' ')
}

export const kindWords = { deny: 'Freeze', allow: 'Deployment window' } as const satisfies Record<
  FreezeKind,
  string
>

export function explainFreeze(refusal: FreezeRefusal): string {
  switch (refusal.code) {
    case 'disabled':
      return 'Your account is disabled.'
    case 'service-account':
      return 'A pipeline neither makes nor overrides freezes. A person has to.'
    case 'not-allowed-to-freeze':
      return 'Only platform admins make and end freezes and deployment windows.'
    case 'no-such-place':
      return 'There is no application that this would be about, or you may not see it.'
    case 'bad-times':
      return refusal.why
    case 'no-such-freeze':
      return 'There is no such freeze or window, or you may not see it.'
    case 'already-over':
      return 'It is over already.'
    case 'no-such-release':
      return 'There is no such release, or you may not see it.'
    case 'not-allowed-to-override':
      return 'Only managers override freezes. None of your groups is one for it.'
    case 'own-request':
      return 'You asked for this release. Another person has to override the freeze.'
    case 'too-late':
      return 'This release no longer waits to be sent.'
    case 'not-holding':
      return 'It does not hold this release back.'
    case 'already-overridden':
      return 'It is overridden for this release already.'
    default:
      return assertNever(refusal)
  }
}
