import { createHash } from 'node:crypto'
import { can, type ReadScope, rolesWith, type Viewer } from '#lib/access/policy.ts'
import { canonicalText } from '#lib/audit/canonical.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'

/** What a sample can be drawn from. */
export const populations = ['changes', 'releases', 'outside', 'emergencies', 'findings'] as const
export type Population = (typeof populations)[number]
export const populationWords: Record<Population, string> = {
  changes: 'All production changes',
  releases: 'Releases that were sent',
  outside: 'Production changes without a release',
  emergencies: 'Break-glass releases',
  findings: 'Findings',
}

export const verdicts = ['ok', 'exception', 'not-applicable'] as const
export type Verdict = (typeof verdicts)[number]
export const verdictWords: Record<Verdict, string> = {
  ok: 'No exception',
  exception: 'Exception',
  'not-applicable': 'Not applicable',
}

/** How anybody draws it again, in words that stand on every working paper. */
export const method =
  'List the ids of the population. For each, take SHA-256 of the seed, a line feed and the id, in lower-case hex. Sort ascending; the first are the sample.'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** The draw as `method` says it; Postgres does the same (audit.draw_sample). */
export const draw = (ids: readonly string[], seed: string, size: number): string[] =>
  ids
    .map((id) => ({ id, rank: sha256(`${seed}\n${id}`) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, size)
    .map(({ id }) => id)

/** SHA-256 over the ids of a population: ascending by bytes, a line feed after each. */
export const populationDigest = (ids: readonly string[]): string =>
  sha256(
    [...ids]
      .sort((a, b) => (a < b ? -1 : 1))
      .map((id) => `${id}\n`)
      .join(''),
  )

export type Note = { verdict: Verdict; words: string | null; at: Instant; seq: number }

export type SampleItem = {
  n: number
  item: string
  rank: string
  /** Newest first; the newest counts. */
  notes: Note[]
}

export type SignOff = { conclusion: string; paper: string; at: Instant; seq: number }

export type Sample = {
  id: string
  kind: Population
  from: Instant
  to: Instant
  environment: string | null
  /** Null: all of them. */
  projects: string[] | null
  seed: string
  size: number
  population: number
  digest: string
  by: { person: string; name: string }
  at: Instant
  /** The entry that records the draw. */
  seq: number
  noted: number
  items: number
  exceptions: number
  signedOff: SignOff | null
}

export type SampleRefusal =
  | { code: 'may-not-sample' }
  | { code: 'no-such-sample' }
  | { code: 'nothing-to-draw' }
  | { code: 'period-not-over' }
  | { code: 'another-auditor'; name: string }
  | { code: 'signed-off' }
  | { code: 'not-all-noted'; missing: number }
  | { code: 'paper-moved' }

export function explainSample(refusal: SampleRefusal): string {
  switch (refusal.code) {
    case 'may-not-sample':
      return `Only people with the role ${rolesWith('sample').join(' or ')} draw samples.`
    case 'no-such-sample':
      return 'There is no such sample, or you may not see it.'
    case 'nothing-to-draw':
      return 'Nothing in this period fits, so there is nothing to draw from.'
    case 'period-not-over':
      return 'The period has to be over: what still grows cannot be drawn from.'
    case 'another-auditor':
      return `${refusal.name} drew this sample. Only who drew it notes and signs off.`
    case 'signed-off':
      return 'It is signed off and stays as it is.'
    case 'not-all-noted':
      return refusal.missing === 1
        ? 'One item has no finding yet.'
        : `${refusal.missing} items have no finding yet.`
    case 'paper-moved':
      return 'A note was added since you read the paper. Read it again, then sign off.'
  }
}

/** May this person write into the sample? The same answer disables the buttons; Postgres asks once more. */
export function mayWrite(sample: Pick<Sample, 'by' | 'signedOff'>, by: Viewer): Result<null, SampleRefusal> {
  if (!can(by, 'sample')) return refuse({ code: 'may-not-sample' })
  if (sample.by.person !== by.personId) return refuse({ code: 'another-auditor', name: sample.by.name })
  return sample.signedOff ? refuse({ code: 'signed-off' }) : ok(null)
}

export function maySignOff(
  sample: Pick<Sample, 'by' | 'signedOff' | 'items' | 'noted'>,
  by: Viewer,
): Result<null, SampleRefusal> {
  const allowed = mayWrite(sample, by)
  if (!allowed.ok) return allowed
  const missing = sample.items - sample.noted
  return missing > 0 ? refuse({ code: 'not-all-noted', missing }) : allowed
}

/** Whether somebody who reads within `scope` may read all that this sample is about. */
export function readable(sample: Pick<Sample, 'projects'>, scope: ReadScope): boolean {
  if (scope === 'all') return true
  if (scope === 'none') return false
  return sample.projects?.every((project) => scope.projects.includes(project)) ?? false
}

/** What is signed: population, draw and the finding on each item. */
export function paperOf(sample: Sample, items: readonly SampleItem[]) {
  const { id, kind, from, to, environment, projects, seed, size, population, digest, by, at, seq } = sample
  return {
    sample: id,
    population: { kind, from, to, environment, projects, items: population, sha256: digest },
    draw: { method, seed, size, by: by.person, at, entry: seq },
    items: items.map(({ n, item, rank, notes: [note] }) => ({
      n,
      item,
      rank,
      verdict: note?.verdict ?? null,
      words: note?.words ?? null,
      entry: note?.seq ?? null,
    })),
  }
}

/** Its SHA-256 over canonical JSON (RFC 8785): printed on the paper, recorded with the sign-off. */
export const paperDigest = (sample: Sample, items: readonly SampleItem[]): string =>
  sha256(canonicalText(paperOf(sample, items)))
