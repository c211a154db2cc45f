import { can, type Permission, type Viewer } from '#lib/access/policy.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { assertNever, ok, type Result, refuse } from '#lib/platform/result.ts'

export const pauseScopes = ['all', 'instance', 'project', 'application'] as const
export type PauseScope = (typeof pauseScopes)[number]

/** What `waiting_for` holds while a pause is on; whose and why is read when somebody looks (`pausedWords`). */
export const pausedMark = 'Paused'

/** Where releases stop. */
export type Place =
  | { scope: 'all' }
  | { scope: 'instance'; instance: string }
  | { scope: 'project'; project: string }
  | {
      scope: 'application'
      id: string
      name: string
      project: string
      service: string | null
      environment: string | null
    }

export type Pause = {
  id: string
  place: Place
  reason: string
  by: string
  at: Instant
  /** Null while it is on. */
  ended: { by: string; reason: string; at: Instant } | null
}

/** What a person names when they pause: an application by its name, with `instance/` before it where there are several. */
export type PauseInput = { reason: string } & (
  | { scope: 'all' }
  | { scope: 'instance'; instance: string }
  | { scope: 'project'; project: string }
  | { scope: 'application'; application: string }
)

export type PauseRefusal =
  | { code: 'disabled' }
  | { code: 'service-account' }
  | { code: 'not-allowed-to-pause' }
  | { code: 'not-allowed-to-resume' }
  | { code: 'no-such-place' }
  | { code: 'several-applications' }
  | { code: 'already-paused' }
  | { code: 'no-such-pause' }
  | { code: 'already-resumed' }

/** A grant counts where it covers the whole of a place: who may act in one project stops that project, not all. */
function allowed(by: Viewer, permission: Permission, place: Place): boolean {
  const whole = (narrow: (grant: Viewer['grants'][number]) => unknown) => ({
    ...by,
    grants: by.grants.filter((grant) => !narrow(grant)),
  })
  switch (place.scope) {
    case 'all':
    case 'instance':
      return can(
        whole(({ projects, environments }) => projects ?? environments),
        permission,
      )
    case 'project':
      return can(
        whole(({ environments }) => environments),
        permission,
        { project: place.project },
      )
    case 'application': {
      const { project, environment } = place
      return can(by, permission, { project, ...(environment ? { environment } : {}) })
    }
    default:
      return assertNever(place)
  }
}

function may(
  by: Viewer,
  permission: Permission,
  place: Place,
  code: 'not-allowed-to-pause' | 'not-allowed-to-resume',
): Result<null, PauseRefusal> {
  if (!by.enabled) return refuse({ code: 'disabled' })
  if (by.service) return refuse({ code: 'service-account' })
  return allowed(by, permission, place) ? ok(null) : refuse({ code })
}

/** Stopping is for many, because a stop harms less than a release; the same answer disables the button. */
export const mayPause = (place: Place, by: Viewer) => may(by, 'pause', place, 'not-allowed-to-pause')

/** Going on is for those who run the installation. */
export function mayResume(
  { place, ended }: Pick<Pause, 'place' | 'ended'>,
  by: Viewer,
): Result<null, PauseRefusal> {
  return ended ? refuse({ code: 'already-resumed' }) : may(by, 'resume', place, 'not-allowed-to-resume')
}

/** What is paused, as the rest of "for …". */
export function placeWords(place: Place): string {
  switch (place.scope) {
    case 'all':
      return 'all applications'
    case 'instance':
      return `Argo CD ${place.instance}`
    case 'project':
      return `project ${place.project}`
    case 'application':
      return `application ${place.name}`
    default:
      return assertNever(place)
  }
}

const shownMax = 140
/** A reason for a line; all of it is on the page of pauses. */
export const inShort = (reason: string): string =>
  reason.length > shownMax ? `${reason.slice(0, shownMax - 1).toWellFormed()}…` : reason

/** What a release that is held back waits for. */
export const pausedWords = ({ by, reason }: Pick<Pause, 'by' | 'reason'>): string =>
  `Waiting: paused by ${by}: ${inShort(reason)}`

export function explainPause(refusal: PauseRefusal): string {
  switch (refusal.code) {
    case 'disabled':
      return 'Your account is disabled.'
    case 'service-account':
      return 'A pipeline neither pauses nor resumes releases. A person has to.'
    case 'not-allowed-to-pause':
      return 'Approvers of it and platform admins pause releases. You are neither there.'
    case 'not-allowed-to-resume':
      return 'Only a platform admin resumes releases.'
    case 'no-such-place':
      return 'There is nothing of this name, or you may not see it.'
    case 'several-applications':
      return 'Several applications have this name. Write it as instance/name.'
    case 'already-paused':
      return 'It is paused already.'
    case 'no-such-pause':
      return 'There is no such pause, or you may not see it.'
    case 'already-resumed':
      return 'Somebody has resumed it already.'
    default:
      return assertNever(refusal)
  }
}
