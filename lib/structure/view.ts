import type { ObservedProject, ObservedSet, RolloutEntry, SyncWindow } from '#lib/argocd/structure.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import {
  conditionRemedy,
  fallen,
  isTrouble,
  namesProject,
  type OwnedApplication,
  policyWords,
  stepsOf,
} from './appset.ts'
import { generatorWords, list, record, text } from './generator.ts'
import {
  allowedOf,
  destinationsOf,
  kindRules,
  orphanWords,
  type Permission,
  permissionsOf,
  permitsDestination,
  rightsOver,
  signatureWords,
} from './project.ts'
import type {
  ApplicationStructure,
  Member,
  ProjectView,
  SetKey,
  SetView,
  Standing,
  WeekView,
  WindowView,
} from './schema.ts'
import {
  isAbout,
  isOn,
  outlook,
  readWindow,
  ruling,
  wallClock,
  week,
  weekStart,
  windowName,
  zoneOf,
} from './window.ts'

/** As much of a set as its view needs; the reads of `data.ts` give it. */
type SetFound = SetKey & {
  webUrl: string | null
  project: string
  problem: string | null
  observed: ObservedSet | null
  observedAt: Instant
  asOf: Instant | null
  members: readonly (Member & OwnedApplication)[]
  memberCount: number
}

const memberOf = ({ id, name, service, environment, target, version, health, sync }: Member): Member => ({
  id,
  name,
  service,
  environment,
  target,
  version,
  health,
  sync,
})

/** Members by environment in the order of the configuration, target and name; what no rule maps comes last. */
export function inOrder<M extends Member>(members: readonly M[], environments: readonly string[]): M[] {
  const rank = ({ environment }: M) => {
    const at = environments.indexOf(environment ?? '')
    return at < 0 ? environments.length : at
  }
  const name = (member: M) => `${member.target ?? ''} ${member.name}`
  return [...members].sort((a, b) => rank(a) - rank(b) || (name(a) < name(b) ? -1 : 1))
}

const standingOf = (
  { application, status, message, since }: RolloutEntry,
  members: readonly Member[],
): Standing => {
  const member = members.find(({ name }) => name === application)
  return { name: application, status, message, since, member: member ? memberOf(member) : null }
}

/**
 * An ApplicationSet as its page shows it. Names that only the set tells are shown where its template names one project,
 * or to who may read everything: where a placeholder makes the project, a name may be of another one.
 */
export function setView(found: SetFound, mayReadAll: boolean): SetView {
  const { observed, members } = found
  const open = mayReadAll || namesProject(found.project)
  const entries = (given: readonly RolloutEntry[]) =>
    given.map((entry) => standingOf(entry, members)).filter(({ member }) => open || member !== null)
  const rolling = observed && stepsOf(observed)
  const spec = observed?.spec ?? {}
  const whole = found.memberCount === members.length
  return {
    instance: found.instance,
    namespace: found.namespace,
    name: found.name,
    project: found.project === '' ? null : found.project,
    webUrl: found.webUrl,
    problem: found.problem,
    asOf: found.asOf,
    observedAt: found.observedAt,
    pattern: {
      generators: list(spec.generators).map((each) => generatorWords(each)),
      policy: policyWords(spec),
      text: JSON.stringify(spec, null, 2),
      names: text(record(record(spec.template).metadata).name),
    },
    conditions: (observed?.conditions ?? []).map((each) => ({
      ...each,
      trouble: isTrouble(each),
      remedy: isTrouble(each) ? conditionRemedy(each) : null,
    })),
    members: members.map(memberOf),
    memberCount: found.memberCount,
    fallen: members.flatMap((member) => {
      const fell = observed && fallen(observed, member)
      return fell ? [{ ...fell, member: memberOf(member) }] : []
    }),
    unseen:
      observed && open && whole
        ? observed.listed.filter((name) => !members.some((member) => member.name === name))
        : [],
    cut:
      observed && observed.listedCount > observed.listed.length
        ? { listed: observed.listed.length, of: observed.listedCount }
        : null,
    rolling: rolling && {
      steps: rolling.steps.map((step) => ({ ...step, entries: entries(step.entries) })),
      none: entries(rolling.none),
    },
  }
}

const quoted = (items: readonly string[]) => items.join(', ')

/** Which applications a window is about, in words. */
export function aboutWords({ applications, namespaces, clusters, andOperator }: SyncWindow): string {
  const parts = [
    applications.length > 0 && `applications ${quoted(applications)}`,
    namespaces.length > 0 && `namespaces ${quoted(namespaces)}`,
    clusters.length > 0 && `clusters ${quoted(clusters)}`,
  ].filter((part) => part !== false)
  if (parts.length === 0) return 'nothing: it names no application, namespace or cluster'
  return parts.join(andOperator ? ' and ' : ' or ')
}

/** More windows than this are listed and not drawn, so that one project cannot hold up a page. */
const drawnMax = 40

function windowView(window: SyncWindow, now: Instant, drawn: boolean): WindowView {
  const read = readWindow(window)
  return {
    ...window,
    zone: zoneOf(window),
    outlook: drawn ? outlook(window, now) : { kind: 'unreadable', problem: 'too many windows to work out' },
    about: aboutWords(window),
    problem: read.ok ? null : read.refusal,
  }
}

const weekMs = 7 * 86_400_000

/** The week of `now` moved by whole weeks, once for each time zone that a window goes by. */
export function weeksOf(windows: readonly SyncWindow[], now: Instant, weeksAhead: number): WeekView[] {
  const readable = windows
    .slice(0, drawnMax)
    .flatMap((window, index) => (readWindow(window).ok ? [{ window, index }] : []))
  const zones = [...new Set(readable.map(({ window }) => zoneOf(window)))].sort()
  return zones.map((zone) => {
    const start = weekStart(zone, now) + weeksAhead * weekMs
    return {
      zone,
      monday: instant(start).slice(0, 10),
      now: wallClock(zone, now),
      windows: readable
        .filter(({ window }) => zoneOf(window) === zone)
        .map(({ window, index }) => ({ index, days: week(window, start) })),
    }
  })
}

/** The windows of a project that are on, as a list says it. */
export const windowsOn = (windows: readonly SyncWindow[], now: Instant): { kind: string; words: string }[] =>
  windows
    .slice(0, drawnMax)
    .filter((window) => isOn(window, now))
    .map((window) => ({ kind: window.kind, words: windowName(window) }))

type ProjectFound = Omit<ProjectView, 'rules'> & {
  observed: ObservedProject | null
  observedAt: Instant | null
}

/** An AppProject as its page shows it. */
export function projectView(found: ProjectFound, now: Instant, weeksAhead: number): ProjectView {
  const { observed, observedAt, ...rest } = found
  if (!observed || !observedAt) return { ...rest, rules: null }
  const { spec, name } = observed
  const { permissions, unread } = permissionsOf(name, spec.roles)
  return {
    ...rest,
    rules: {
      observedAt,
      description: spec.description,
      sources: allowedOf(spec.sourceRepos),
      namespaces: spec.sourceNamespaces,
      destinations: destinationsOf(spec),
      scopedClustersOnly: spec.permitOnlyProjectScopedClusters,
      ...kindRules(spec),
      orphans: orphanWords(spec),
      signatures: signatureWords(spec),
      accounts: spec.destinationServiceAccounts.map(
        ({ server, namespace, defaultServiceAccount }) =>
          `${namespace || 'every namespace'} on ${server || 'every cluster'} as ${defaultServiceAccount ?? ''}`,
      ),
      permissions,
      unreadPolicies: unread,
      roles: spec.roles.map(({ name, description, groups, jwtTokens }) => ({
        name,
        description,
        groups,
        tokens: jwtTokens.length,
      })),
      windows: spec.syncWindows.map((window, index) => windowView(window, now, index < drawnMax)),
      weeks: weeksOf(spec.syncWindows, now, weeksAhead),
    },
  }
}

/** What the windows of a project allow for one application now, and until when. */
export function windowsFor(
  windows: readonly SyncWindow[],
  app: OwnedApplication,
  now: Instant,
): NonNullable<ApplicationStructure['windows']> {
  const { server, name: cluster, namespace } = app.destination
  const place = { name: app.name, namespace, server, cluster }
  const assigned = windows.slice(0, drawnMax).filter((window) => isAbout(window, place))
  const { automated, manual, by } = ruling(assigned, now)
  const list = assigned.map((window) => ({
    words: windowName(window),
    kind: window.kind,
    manualSync: window.manualSync,
    outlook: outlook(window, now),
  }))
  const ends = by.flatMap((window) => {
    const next = list[assigned.indexOf(window)]?.outlook
    return next?.kind === 'on' ? [next.until] : []
  })
  const until = automated ? null : (ends.sort().at(-1) ?? null)
  return { assigned: assigned.length, automated, manual, by: by.map(windowName), until, list }
}

/** What a project says about one of its applications. */
export function projectHere(
  spec: ObservedProject['spec'],
  app: OwnedApplication & { project: string },
): { destination: boolean; rights: Permission[] } {
  const { server, name: cluster, namespace } = app.destination
  return {
    destination: permitsDestination(spec, { name: app.name, server, cluster, namespace }),
    rights: rightsOver(app.name, app.project, spec.roles),
  }
}
