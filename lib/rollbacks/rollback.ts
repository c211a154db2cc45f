import canonicalize from 'canonicalize'
import type { Source } from '#lib/argocd/schema.ts'
import { imageName, parseImage } from '#lib/manifests/images.ts'
import type { Check } from '#lib/plans/plan.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { assertNever } from '#lib/platform/result.ts'

/** A deployment of one application, as the rules of going back see it. */
export type Ran = {
  id: string
  uid: string
  from: Instant
  /** Null while it runs. */
  to: Instant | null
  revisions: readonly string[]
  sources: readonly Source[]
  version: string | null
  images: readonly string[]
  /** Only concluded: nobody knows what it was. */
  inferred: boolean
  /** The release that brought it, if one did. */
  release: { id: string; state: string; rollback: boolean } | null
  /** No release explains it; a finding says so. */
  unexplained: boolean
  /** It is the last that was deployed whole: a later sync failed, and nobody knows how far it came. */
  halfway: boolean
}

export type NoWayBack =
  | { code: 'runs-now' }
  | { code: 'not-known' }
  | { code: 'another-life' }
  | { code: 'same-revisions' }

export function explainNoWayBack({ code }: NoWayBack): string {
  switch (code) {
    case 'runs-now':
      return 'This runs now.'
    case 'not-known':
      return 'Nobody knows which revisions ran then.'
    case 'another-life':
      return 'The application was deleted and created again since.'
    case 'same-revisions':
      return 'The same revisions run now; there is nothing to bring back.'
    default:
      return assertNever(code)
  }
}

const same = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((each, i) => each === b[i])

/** Why `target` cannot be brought back while `current` runs; null when it can be asked for. */
export function noWayBack(
  target: Pick<Ran, 'to' | 'uid' | 'revisions' | 'inferred'>,
  current: Pick<Ran, 'uid' | 'revisions' | 'halfway'> | null,
): NoWayBack | null {
  if (target.to === null && !current?.halfway) return { code: 'runs-now' }
  if (target.inferred || target.revisions.length === 0) return { code: 'not-known' }
  if (!current || target.uid !== current.uid) return { code: 'another-life' }
  return !current.halfway && same(target.revisions, current.revisions) ? { code: 'same-revisions' } : null
}

/**
 * What a rollback goes back to unless somebody picks another: the newest deployment before the one that runs of which
 * nothing bad is known; after a sync that failed halfway, that one itself. What did harm, what was itself rolled back from and what no release explains is passed over.
 */
export function wayBack(newestFirst: readonly Ran[]): Ran | null {
  const [current] = newestFirst
  if (!current) return null
  const good = (each: Ran, after: Ran | undefined) =>
    !each.unexplained &&
    (each.release === null || each.release.state === 'succeeded') &&
    !after?.release?.rollback
  return (
    newestFirst.find((each, i) => noWayBack(each, current) === null && good(each, newestFirst[i - 1])) ?? null
  )
}

/** Four eyes have seen it work here: only then may a policy ask for fewer. */
export const wasProven = ({ release, unexplained }: Ran): boolean =>
  release?.state === 'succeeded' && !unexplained

/** A parameter of the Application that is not what it was. `elsewhere`: it names another place, which no revision undoes. */
export type Parameter = { name: string; was: string; is: string; elsewhere: boolean }

const places = new Set(['repoURL', 'path', 'chart'])
/** A pinned sync names its revisions itself, and these say nothing of what is rendered. */
const irrelevant = new Set(['targetRevision', 'name'])
const shownMax = 300

function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (Array.isArray(value)) {
    value.forEach((each, i) => {
      // Helm and Kustomize name the entries of most lists.
      const { name, value: named, ...rest } = each !== null && typeof each === 'object' ? each : {}
      const key = typeof name === 'string' ? name : i + 1
      if (key === name) flatten(named, `${path}[${key}]`, into)
      flatten(key === name ? rest : each, `${path}[${key}]`, into)
    })
  } else if (value !== null && typeof value === 'object') {
    for (const [key, each] of Object.entries(value)) flatten(each, path ? `${path}.${key}` : key, into)
  } else if (value !== undefined && value !== null && value !== '') {
    into.set(path, String(value))
  }
}

function parametersOf(source: Source): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(source)) if (!irrelevant.has(key)) flatten(value, key, found)
  return found
}

/** What a pinned sync would not bring back: it renders the old revisions with the Application's sources of today. */
export function changedParameters(then: readonly Source[], now: readonly Source[]): Parameter[] {
  if (then.length !== now.length)
    return [{ name: 'sources', was: String(then.length), is: String(now.length), elsewhere: true }]
  return then.flatMap((source, i) => {
    const [before, after] = [parametersOf(source), parametersOf(now[i] as Source)]
    const prefix = then.length > 1 ? `source ${i + 1}: ` : ''
    return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name): Parameter[] => {
      const [old, today] = [before.get(name) ?? '', after.get(name) ?? '']
      if (old === today) return []
      const text = (value: string) => (value === '' ? 'not set' : value.slice(0, shownMax))
      return [{ name: `${prefix}${name}`, was: text(old), is: text(today), elsewhere: places.has(name) }]
    })
  })
}

const namedMax = 5
const list = (names: readonly string[]) =>
  names.slice(0, namedMax).join(', ') +
  (names.length > namedMax ? ` and ${names.length - namedMax} more` : '')

function parameterCheck(ran: Ran, changed: readonly Parameter[]): Check {
  const base = { id: 'parameters', title: 'The Application says what it said then', blocks: false }
  if (ran.sources.length === 0)
    return { ...base, result: 'unknown', detail: 'nobody knows what its sources were then' }
  const elsewhere = changed
    .filter((each) => each.elsewhere)
    .map(({ name, was, is }) => `${name} was ${was}, is ${is}`)
  if (elsewhere.length > 0)
    return {
      ...base,
      result: 'fail',
      blocks: true,
      detail: `it ran from elsewhere: ${list(elsewhere)}. A sync takes the sources of today; put the Application back in Git first`,
    }
  if (changed.length === 0) return { ...base, result: 'pass', detail: 'no parameter was changed since' }
  return {
    ...base,
    result: 'fail',
    detail: `not brought back, they stay as they are now: ${list(changed.map(({ name }) => name))}`,
  }
}

/** Whether it brings back the images that ran. What is not in the plan (injected beside it) does not count. */
function imageCheck(ran: Ran, images: readonly string[]): Check {
  const base = { id: 'images-then', title: 'Brings back the images that ran', blocks: true }
  if (ran.images.length === 0)
    return { ...base, blocks: false, result: 'unknown', detail: 'nobody wrote down which images ran' }
  const names = new Set(images.map((each) => imageName(parseImage(each))))
  const missing = ran.images.filter(
    (each) => names.has(imageName(parseImage(each))) && !images.includes(each),
  )
  return missing.length === 0
    ? { ...base, result: 'pass', detail: list(ran.images) }
    : {
        ...base,
        result: 'fail',
        detail: `the same revisions render other images today; what ran then was ${list(missing)}`,
      }
}

/** The checks of a plan back, made from those of any plan: what is only right for the next revision falls away. */
export function checksBack(
  checks: readonly Check[],
  ran: Ran,
  found: { changed: readonly Parameter[]; images: readonly string[] },
): Check[] {
  return [
    ...checks.map(
      (check): Check =>
        check.id === 'order'
          ? {
              ...{ id: 'order', title: 'Order of environments', result: 'pass', blocks: false },
              detail: 'does not apply: this ran here before',
            }
          : check,
    ),
    parameterCheck(ran, found.changed),
    imageCheck(ran, found.images),
  ]
}

/** Whether a plan back no longer fits what Argo CD shows: something else was deployed, or the sources changed. */
export function isOutdated(
  plan: {
    uid: string
    sources: readonly unknown[]
    previous: { revisions: readonly string[]; historyId: number | null }
  },
  app: {
    uid: string | null
    sources: readonly { [field: string]: unknown; targetRevision?: string | undefined }[]
    deployed: { revisions: readonly string[] } | null
    history: readonly { id: number }[]
  },
): boolean {
  const sources = app.sources.map((source) => ({
    ...source,
    targetRevision: source.targetRevision ?? 'HEAD',
  }))
  return (
    plan.uid !== app.uid ||
    plan.previous.historyId !== (app.history.at(-1)?.id ?? null) ||
    !same(plan.previous.revisions, app.deployed?.revisions ?? []) ||
    canonicalize(plan.sources) !== canonicalize(sources)
  )
}

/** What made somebody ask for a rollback. */
export type Occasion = { kind: 'incident' | 'ticket'; name: string } | { kind: 'release'; release: string }

/** `incident INC-7`: the occasion in words, without its link. */
export const occasionInWords = (occasion: Occasion): string =>
  occasion.kind === 'release' ? `release ${occasion.release} did harm` : `${occasion.kind} ${occasion.name}`

/** The same as it is kept with the release. */
export function rollbackColumns({ to, occasion }: { to: string; occasion: Occasion }): {
  to: string
  kind: Occasion['kind']
  name: string | null
  harm: string | null
} {
  const { kind } = occasion
  return kind === 'release'
    ? { to, kind, name: null, harm: occasion.release }
    : { to, kind, name: occasion.name, harm: null }
}
