import canonicalize from 'canonicalize'
import type { HistoryEntry, ObservedApplication } from '#lib/argocd/application.ts'
import type { ObservedOperation } from '#lib/argocd/operation.ts'
import type { Instant } from '#lib/platform/clock.ts'
import type { Found, Sync } from './finding.ts'
import type { Baseline, Inspection, Known } from './inspection.ts'

export const quiet = { blocks: false, saysWho: null, at: null, differences: [], sync: null }

const text = (value: unknown) => canonicalize(value) ?? ''

/** The key of the sync of an entry: entries and operations share the second they began in. */
export const keyOfEntry = (entry: HistoryEntry): string => entry.deployStartedAt ?? `#${entry.id}`

type Seen = {
  key: string
  historyId: number | null
  at: Instant | null
  revisions: string[]
  sources: unknown[]
  by: HistoryEntry['initiatedBy']
  operation: ObservedOperation | null
}

/** Every sync this look tells of, each once: the history, then the operation that is not in it. */
function seenSyncs(app: ObservedApplication): Seen[] {
  const { operation } = app
  const seen = app.history.map((entry): Seen => {
    const own = operation?.startedAt === entry.deployStartedAt && entry === app.history.at(-1)
    return {
      key: keyOfEntry(entry),
      historyId: entry.id,
      at: entry.deployStartedAt ?? entry.deployedAt,
      revisions: entry.revisions,
      sources: entry.sources,
      by: entry.initiatedBy,
      operation: own ? operation : null,
    }
  })
  const { startedAt } = operation ?? {}
  if (operation && startedAt && !seen.some(({ key }) => key === startedAt))
    seen.push({
      key: startedAt,
      historyId: null,
      at: startedAt,
      revisions:
        operation.syncedRevisions.length > 0 ? operation.syncedRevisions : operation.request.revisions,
      sources: operation.syncedSources,
      by: operation.initiatedBy,
      operation,
    })
  return seen
}

/** What every sync of this look belongs to: a release, or else a finding. */
export function syncs(
  { app, before }: { app: ObservedApplication; before: Baseline },
  known: Known,
  found: Found[],
  linked: Inspection['linked'],
  numbered: Sync[],
): void {
  const releases = new Map<string, string>()
  for (const [key, { release }] of known.accounted) if (release) releases.set(release, key)
  const seen = seenSyncs(app)
  for (const each of seen) {
    let { key } = each
    const known_ = known.accounted.get(key)
    if (known_ && each.historyId !== null && known_.historyId !== null && known_.historyId !== each.historyId)
      key = `${key}#${each.historyId}`
    const sync = { key, historyId: each.historyId }
    const accounted = known.accounted.get(key)
    if (accounted) {
      if (accounted.historyId === null && each.historyId !== null) numbered.push(sync)
      continue
    }
    const release = known.releaseOf.get(each.key)
    const wrong = release ? deviation(each, release, known, releases) : null
    if (release && !wrong) {
      linked.push({ sync, release })
      releases.set(release, key)
    } else if (wrong) found.push({ ...wrong, sync })
    else found.push({ ...(rewritten(each, app, before, found) ?? unexplained(each, known, sync)), sync })
  }
  for (const { startedAt, kind, phase, actor } of known.attempts) {
    if (known.accounted.has(startedAt) || seen.some(({ key }) => key === startedAt)) continue
    const release = known.releaseOf.get(startedAt)
    const sync = { key: startedAt, historyId: null }
    if (release) linked.push({ sync, release })
    else
      found.push({
        ...quiet,
        kind: kind === 'partial' ? 'partial-sync' : 'foreign-operation',
        cause: `sync:${startedAt}`,
        sentence: `An operation ran that no release asked for: ${kind}, ${phase}.`,
        saysWho: actor,
        at: startedAt,
        source: 'operation',
        sync,
      })
  }
}

/** What a sync does other than its release says, though it carries its token. */
function deviation(
  seen: Seen,
  release: string,
  known: Known,
  releases: ReadonlyMap<string, string>,
): Found | null {
  const plan = known.plans.get(release)
  const base = {
    ...quiet,
    kind: 'deviation' as const,
    cause: `sync:${seen.key}`,
    saysWho: seen.by.username,
    at: seen.at,
    source: seen.historyId === null ? ('operation' as const) : ('history' as const),
  }
  if (releases.has(release))
    return { ...base, sentence: `Release ${release} was carried out a second time: its token came back.` }
  if (plan && seen.revisions.length > 0 && text(plan.revisions) !== text(seen.revisions))
    return {
      ...base,
      sentence: `Another revision than release ${release} signed was deployed under its token.`,
      differences: [
        { what: 'revisions', before: plan.revisions.join(', '), after: seen.revisions.join(', ') },
      ],
    }
  return null
}

/**
 * An entry that stands where another one was seen: Argo CD was restored from a backup, or somebody wrote its history.
 * All of them are one finding, that of the history which went backwards if it did.
 */
function rewritten(
  seen: Seen,
  app: ObservedApplication,
  before: Baseline,
  found: readonly Found[],
): Found | null {
  const { uid, lastHistoryId } = before
  if (seen.historyId === null || lastHistoryId === null || uid !== app.uid || seen.historyId > lastHistoryId)
    return null
  const known = found.find(({ kind, cause }) => kind === 'recreated' && cause.startsWith('history:'))
  return {
    ...(known ?? {
      ...quiet,
      kind: 'recreated',
      cause: `history:rewritten:${seen.key}`,
      blocks: true,
      sentence:
        'The history of Argo CD has other entries than before: it was restored, or they were written anew.',
      at: seen.at,
      differences: [
        {
          what: 'history entry',
          before: `another ${seen.historyId}`,
          after: `${seen.historyId}, ${seen.at ?? 'no time'}`,
        },
      ],
      source: 'identity',
    }),
  }
}

function unexplained(seen: Seen, known: Known, sync: Sync): Found {
  const { operation, by } = seen
  const token = operation?.info.some(({ name }) => name === 'countersign/token') ?? false
  const claims = known.ourAccount !== null && by.username === known.ourAccount
  const base = {
    ...quiet,
    cause: `sync:${sync.key}`,
    saysWho: by.automated ? (by.username ?? 'Argo CD itself') : by.username,
    at: seen.at,
    differences: [
      { what: 'revisions', before: 'no release', after: seen.revisions.join(', ') || 'not said' },
    ],
    source: seen.historyId === null ? ('operation' as const) : ('history' as const),
    sync,
  }
  if (operation?.request.localManifests)
    return {
      ...base,
      kind: 'local-manifests',
      sentence: 'Manifests from somebody’s machine were synced, not those of Git.',
    }
  if (token || claims)
    return {
      ...base,
      kind: 'forged-identity',
      sentence: token
        ? 'A sync carries a token that no intent of this application has.'
        : 'A sync says it was ours and carries no token of ours: the credential is abused, or the name is false.',
    }
  if (operation?.request.partial)
    return {
      ...base,
      kind: 'partial-sync',
      sentence: 'Only some resources were synced; the history of Argo CD does not record it.',
    }
  const over = operation && !operation.inFlight && seen.historyId === null
  if (over || operation?.request.dryRun)
    return {
      ...base,
      kind: 'foreign-operation',
      sentence: `An operation ran that no release asked for: ${operation?.request.dryRun ? 'dry run, ' : ''}${operation?.phase}.`,
    }
  return {
    ...base,
    kind: 'unapproved-deployment',
    sentence: by.automated
      ? 'Argo CD synced this protected application by itself.'
      : 'A sync of this protected application that no release asked for.',
  }
}
