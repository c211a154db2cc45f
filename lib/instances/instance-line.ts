import { judgeVersion } from '#lib/argocd/version.ts'
import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'

/** Rights that our account needs, and those that it must not have; asked of Argo CD for all projects. */
export const rightsAsked = [
  { resource: 'applications', action: 'get', object: '*/*', wanted: true, for: 'the catalog' },
  { resource: 'applications', action: 'sync', object: '*/*', wanted: true, for: 'releases' },
  {
    resource: 'applicationsets',
    action: 'get',
    object: '*/*',
    wanted: true,
    for: 'patterns and rolling syncs',
  },
  { resource: 'projects', action: 'get', object: '*', wanted: true, for: 'projects and sync windows' },
  { resource: 'applications', action: 'override', object: '*/*', wanted: false, for: 'local manifests' },
  { resource: 'applications', action: 'create', object: '*/*', wanted: false, for: 'new applications' },
  { resource: 'applications', action: 'update', object: '*/*', wanted: false, for: 'other sources' },
  { resource: 'applications', action: 'delete', object: '*/*', wanted: false, for: 'deleting' },
] as const

/** What is known of an instance. Times are the database's. */
export type InstanceFacts = {
  name: string
  state: string
  detail: string | null
  stateSince: Instant
  lastContactAt: Instant | null
  sweptAt: Instant | null
  version: string | null
  /** A list of its applications that is under way. */
  listing: { seen: number; known: number; heardAt: Instant } | null
}

export type InstanceLine = {
  kind:
    | 'connected'
    | 'connecting'
    | 'catching-up'
    | 'stale'
    | 'refused'
    | 'not-understood'
    | 'too-old'
    | 'advisory'
    | 'newer'
  /** In at most a few words, without a time. */
  words: string
  /** Since when it has been so, where that is not the moment it connected. */
  since: Instant | null
  /** What it means and what to do; null when all is well. */
  remedy: string | null
}

/** The watch of an Argo CD that is well gives a sign of life far more often. */
const silenceMaxMs = 90_000
/** A list that has not moved for so long belongs to a worker that is gone. */
const listingSilenceMaxMs = 60_000

/** How far a first list has come, in whole percent below 100; null when nobody knows how long it will be. */
export function progress({ seen, known }: { seen: number; known: number }): number | null {
  return known === 0 ? null : Math.min(99, Math.floor((seen / known) * 100))
}

/** The one line that says how an instance is: what matters most comes first. */
export function instanceLine(facts: InstanceFacts, now: Instant): InstanceLine {
  const { state, listing, lastContactAt, stateSince } = facts
  const heard = lastContactAt ?? stateSince
  const line = (kind: InstanceLine['kind'], words: string, remedy: string | null, since: Instant | null) => ({
    kind,
    words,
    remedy,
    since,
  })
  // One that hangs has begun a list, too: only what came counts.
  const moving = listing !== null && listing.seen > 0
  const listed = moving && millisecondsBetween(listing.heardAt, now) < listingSilenceMaxMs ? listing : null
  if (listed && (state !== 'connected' || facts.sweptAt === null)) {
    const percent = progress(listed)
    const words = percent === null ? `Catching up, ${listed.seen} so far` : `Catching up ${percent} %`
    return line(
      'catching-up',
      words,
      'The first list is being read. What is not read yet is shown as it was.',
      null,
    )
  }
  if (state === 'unauthorised')
    return line(
      'refused',
      'Refuses our token',
      'Make a new token with: argocd account generate-token --account countersign --expires-in 720h',
      stateSince,
    )
  if (state === 'not-understood')
    return line(
      'not-understood',
      'Answers what we do not understand',
      'Check that its url leads to Argo CD and not to a sign-in page or a proxy. What is shown is the last that was known.',
      stateSince,
    )
  if (state === 'unreachable')
    return line('stale', 'Stale', 'It does not answer. What is shown is the last that was known.', heard)
  if (state === 'connecting')
    return line('connecting', 'Connecting', 'No worker has reached it yet.', stateSince)
  if (millisecondsBetween(heard, now) > silenceMaxMs)
    return line('stale', 'Stale', 'No worker has heard of it. Check that a worker runs.', heard)
  const judged = judgeVersion(facts.version)
  if (judged.support === 'too-old')
    return line(
      'too-old',
      `Version ${facts.version} is too old`,
      'Before 3.3 the revisions of a pinned sync do not hold. Update to 3.3, 3.4 or 3.5.',
      null,
    )
  const [hole, ...more] = judged.advisories
  if (hole) {
    const others = more.length > 0 ? ` and ${more.length} more` : ''
    return line('advisory', `Known advisory ${hole.id}${others}`, `${hole.what}. ${hole.remedy}`, null)
  }
  if (judged.support === 'newer')
    return line(
      'newer',
      `Version ${facts.version} is newer than what we know`,
      'Countersign was tried with 3.3 to 3.5. Try a release in a test environment first.',
      null,
    )
  return line('connected', 'Connected', null, stateSince)
}

/** Whether what is shown of it may be out of date or incomplete: what people have to be told on every page. */
export const isUnwell = ({ kind }: InstanceLine): boolean =>
  ['stale', 'refused', 'not-understood', 'catching-up', 'too-old'].includes(kind)
