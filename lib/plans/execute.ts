import 'server-only'
import type { ArgoFailure } from '#lib/argocd/answer.ts'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { ApplicationRef, ArgoClient } from '#lib/argocd/client.ts'
import type { Git } from '#lib/git/gitlab.ts'
import { diffManifests, type ManifestDiff } from '#lib/manifests/diff.ts'
import { versionOf } from '#lib/manifests/images.ts'
import { brokenRules } from '#lib/manifests/rules.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { beyondImages } from '#lib/standard-changes/standard-change.ts'
import { authorsOf, gathered, mergeAuthor, type PlanAuthor, type PlanAuthors } from './authors.ts'
import { type Evidence, runChecks } from './checks.ts'
import { settingsOf } from './data.ts'
import type { Plan, PlanCommit, PlanCommits, PlanDiff, PlanDocument } from './plan.ts'
import { renderPlan } from './render.ts'
import { rulesOf } from './rule-checks.ts'

export type Planning = {
  client: ArgoClient
  git: Git
  now: Instant
  service: string
  evidence: Pick<Evidence, 'before' | 'canSync'>
  /** The way to here, this environment last. */
  environments: readonly string[]
}
export type MadePlan =
  | { ok: true; plan: Plan; document: PlanDocument; authors: PlanAuthors | null }
  | { ok: false; failure: ArgoFailure }

/**
 * Makes the plan for what Argo CD wants to deploy (`app.desiredRevisions`) and everything people need to judge it.
 * Git being silent costs the list of commits, not the plan; Argo CD being silent costs the plan.
 */
export async function makePlan(
  app: ObservedApplication,
  given: { revisions: string[]; policyDigest: string; authors: boolean; rollback?: Plan['rollback'] },
  planning: Planning,
): Promise<MadePlan> {
  const { client, service } = planning
  const ref: ApplicationRef = { ...app.key, project: app.project }
  const rendered = await renderPlan(client, app, { ...given, instance: client.name, twice: true })
  if (!rendered.ok) return { ok: false, failure: rendered }
  const { plan, manifests } = rendered.value
  const [managed, commits, authors] = await Promise.all([
    client.managedResources(ref),
    commitsOf(app, plan, planning),
    given.authors ? findAuthors(plan, planning.git) : null,
  ])
  const diff: ManifestDiff = managed.ok
    ? diffManifests({
        target: manifests,
        managed: managed.value,
        namespace: app.destination.namespace,
        prune: plan.prune,
        conditions: app.conditions,
      })
    : { ok: false, cannotTell: `Argo CD did not say what is live: ${managed.message}` }
  const label = (images: string[], sources: Plan['sources'], revisions: string[]) =>
    versionOf({ images, sources: sources as { chart?: string }[], revisions, service })
  const to = label(plan.images, plan.sources, plan.revisions)
  const deployed = app.deployed
  const checks = runChecks({
    ...planning.evidence,
    settings: settingsOf(app),
    stable: plan.manifests.stable,
    hiddenSecrets: diff.ok && diff.resources.some((each) => each.hiddenValues),
    version: to,
    diffKnown: diff.ok,
    rules: rulesOf(brokenRules(manifests), diff),
  })
  const document: PlanDocument = {
    v: 1,
    at: planning.now,
    version: {
      from: deployed ? label(app.images, deployed.sources as Plan['sources'], deployed.revisions) : null,
      to: to ?? plan.revisions.join(', '),
    },
    images: { before: app.images, after: plan.images },
    commits,
    diff: diffDocument(diff),
    checks,
    health: { status: app.health.status, observedAt: planning.now },
    environments: [...planning.environments],
    beyondImages: beyondImages(diff),
  }
  return { ok: true, plan, document, authors }
}

/** Whose merge requests are asked for: the newest commits; one request each, and two for each person. */
const mergesMax = 30

/**
 * Everybody behind what a plan brings: of every commit between what runs and what is planned, whichever folder it
 * touches, because a render may reach outside of its own. What cannot be read is said, never left out.
 */
export async function findAuthors(plan: Plan, git: Git): Promise<PlanAuthors> {
  const people: PlanAuthor[] = []
  const incomplete: string[] = []
  for (const [i, source] of plan.sources.entries()) {
    const to = plan.revisions[i] ?? ''
    const from = plan.previous.revisions[i]
    if (to === from) continue
    if (source.chart) {
      incomplete.push(`chart ${source.chart} ${to} names no author`)
      continue
    }
    if (!from) {
      incomplete.push(`nothing of ${source.repoURL} was deployed here before`)
      continue
    }
    const repository = git.repository(source.repoURL)
    const range = await repository.commitsBetween(from, to)
    if (!range.ok) {
      incomplete.push(range.message)
      continue
    }
    if (range.value.incomplete) incomplete.push(range.value.incomplete)
    people.push(...range.value.commits.flatMap(authorsOf))
    for (const { sha } of range.value.commits.slice(0, mergesMax)) {
      const merged = await repository.mergedBy(sha)
      if (!merged.ok) {
        incomplete.push(`merge requests: ${merged.message}`)
        break
      }
      people.push(...merged.value.map((each) => mergeAuthor(sha, each)))
    }
  }
  return gathered(people, incomplete)
}

/** Whether two renders are of the same manifests: a newer commit elsewhere in the repository changes nothing here. */
export async function rendersTheSame(
  client: ArgoClient,
  app: ObservedApplication,
  plan: Plan,
): Promise<'same' | 'different' | 'cannot-tell'> {
  const given = {
    revisions: app.desiredRevisions,
    policyDigest: plan.policyDigest,
    instance: client.name,
    twice: false,
  }
  const rendered = await renderPlan(client, app, given)
  if (!rendered.ok) return 'cannot-tell'
  return rendered.value.plan.manifests.digest === plan.manifests.digest ? 'same' : 'different'
}

/** A diff as it is stored and shown. */
export function diffDocument(diff: ManifestDiff): PlanDiff {
  if (!diff.ok) return { kind: 'cannot-tell', why: diff.cannotTell }
  const resources = diff.resources.map(({ id, change, hunks, noise, hiddenValues, tooLarge, risks }) => ({
    ...id,
    change,
    hiddenValues,
    tooLarge,
    noiseLines: noise,
    risks: risks.map((risk) => risk.text),
    riskKinds: [...new Set(risks.map((risk) => risk.kind))],
    hunks: hunks.map((hunk) => ({
      lines: hunk.lines.map((line) => ({
        kind: line.kind,
        text: line.text,
        ...(line.oldLine === null ? {} : { before: line.oldLine }),
        ...(line.newLine === null ? {} : { after: line.newLine }),
      })),
    })),
  }))
  const sum = (count: (each: (typeof resources)[number]) => number) =>
    resources.reduce((n, each) => n + count(each), 0)
  return { kind: 'known', resources, noiseLines: sum((r) => r.noiseLines), risks: sum((r) => r.risks.length) }
}

/**
 * Commits of every git source from what runs to what is planned, or for a rollback those it takes back; why the list is
 * short stands in `incomplete`.
 */
async function commitsOf(
  app: ObservedApplication,
  plan: Plan,
  { client, git }: Planning,
): Promise<PlanCommits> {
  const why: string[] = []
  const commits: PlanCommit[] = []
  for (const [i, source] of plan.sources.entries()) {
    const [running, planned] = [app.deployed?.revisions[i], plan.revisions[i] ?? '']
    if (source.chart || planned === running) continue
    const [from, to] = plan.rollback ? [planned, running ?? ''] : [running, planned]
    const path = typeof source.path === 'string' ? source.path : undefined
    const range = from ? await git.repository(source.repoURL).commitsBetween(from, to, path) : null
    if (range?.ok) {
      if (range.value.incomplete) why.push(range.value.incomplete)
      for (const commit of range.value.commits)
        commits.push({
          revision: commit.sha,
          subject: commit.title,
          author: commit.author.name,
          repository: source.repoURL,
          ...(commit.authoredAt ? { at: commit.authoredAt } : {}),
          ...(commit.webUrl ? { url: commit.webUrl } : {}),
        })
      continue
    }
    why.push(range ? range.message : 'nothing was deployed here before')
    const head = await client.revisionMetadata(
      { ...app.key, project: app.project },
      to,
      app.multiSource ? i : undefined,
    )
    if (!head.ok) continue
    const { message, author, date } = head.value
    commits.push({
      revision: to,
      subject: message?.split('\n')[0] ?? '',
      author: (author ?? '').replace(/\s*<[^>]*>$/, ''),
      repository: source.repoURL,
      ...(date ? { at: instant(date) } : {}),
    })
  }
  return { commits, ...(why.length > 0 ? { incomplete: [...new Set(why)].join('; ') } : {}) }
}
