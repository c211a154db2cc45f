import { hash } from 'node:crypto'
import type { ApplicationKey, ObservedApplication } from '#lib/argocd/application.ts'
import { type Coming, coming, difference } from '#lib/argocd/coming.ts'
import type { Listed } from '#lib/argocd/listed.ts'
import type { Outline } from '#lib/argocd/outline.ts'
import type { ApplicationSet, SyncWindows } from '#lib/argocd/schema.ts'
import { versionOf } from '#lib/manifests/images.ts'
import { newId } from '#lib/platform/ids.ts'
import { type Mapping, type MappingRule, mapApplication } from './mapping.ts'
import type { Base } from './memory.ts'
import { versionKey } from './version-key.ts'

export type CatalogRules = {
  rules: readonly MappingRule[]
  environments: readonly { name: string; protected: boolean }[]
}

/** Owners and windows as far as they could be read; without them the answer is "cannot tell". */
export type Surroundings = { appset?: ApplicationSet | undefined; windows?: SyncWindows | undefined }

/** The JSON record of one row of catalog.application, as `upsertApplications` takes it. */
export type ApplicationRow = Record<string, unknown> & {
  namespace: string
  name: string
  content_hash: string
  /** Of all but its status; none for one that was not understood. */
  rest_hash?: string
  /** `observed` as JSON. */
  observed_text?: string
  /** Goes into a table of its own. */
  listed?: Listed | undefined
}

/**
 * What was observed and stays while only the status changes, as JSON. Written out once, for it is the dearest step of all.
 * What reconciling alone changes every two minutes is not kept, and what has a column of its own stands there only.
 */
function restOf(app: ObservedApplication): string {
  const { resourceVersion, reconciledAt, listed, health, sync, resources, ...rest } = app
  const { byHealth: _onlyInTheWatch, ...counts } = resources
  return JSON.stringify({ ...rest, resources: counts })
}

/** What deployments follow from: mostly only health changes, and then nothing of them needs to be read. */
function deploymentMark(app: ObservedApplication): unknown {
  const settled = app.health.status === 'Healthy' && app.sync.status === 'Synced'
  return [app.uid, app.operationFingerprint, settled && !tellsImages(app) ? app.images : null]
}

const tellsImages = (app: ObservedApplication) => (app.operation?.images ?? []).length > 0

/** Whether another health alone would change nothing else of its row. */
export const isSteady = (app: ObservedApplication): boolean =>
  tellsImages(app) || app.sync.status !== 'Synced'

/** Our own objects have their fields in one order, and the texts of Argo CD theirs. */
const hashOf = (content: unknown) => hash('sha256', JSON.stringify(content))

/** Live drift is told apart from a new revision also where nobody syncs automatically. */
function comingOf(app: ObservedApplication, around: Surroundings): Coming {
  const next = coming(app, around.appset, around.windows)
  const drifted = next.kind === 'waits-for-approval' && difference(app) === 'live-drift'
  return drifted ? { kind: 'live-drift', reason: next.reason } : next
}

function mappingColumns(
  mapping: Mapping,
  environments: CatalogRules['environments'],
): Record<string, unknown> {
  if (!mapping.mapped)
    return { service: null, environment: null, unmapped_reason: mapping.reason, protected: false }
  const { mapped: _mapped, ...columns } = mapping
  const order = environments.findIndex((each) => each.name === mapping.environment)
  return {
    ...columns,
    environment_order: order,
    unmapped_reason: null,
    protected: environments[order]?.protected === true,
  }
}

type Health = ObservedApplication['health']

const statusColumns = (
  { status, since, message }: Health,
  { sync, coming, coming_reason }: { sync: unknown; coming: unknown; coming_reason: unknown },
) => ({ sync, health: status, health_since: since, health_message: message, coming, coming_reason })

const contentHash = (rest: string, status: object) => hash('sha256', rest + JSON.stringify(status))

/** A row of which only the health is another one; `base` is what was stored of the rest. */
export function healthRow(
  { key, uid, resourceVersion }: Outline,
  health: Health,
  base: Base,
): ApplicationRow {
  const status = statusColumns(health, base)
  const { rest_hash } = base
  const content_hash = contentHash(rest_hash, status)
  return { ...key, uid, ...status, rest_hash, content_hash, resource_version: resourceVersion, problem: null }
}

/** An application that was understood, as a row. Its mapping is part of the content: new rules are a change. */
export function rowOf(
  instance: string,
  app: ObservedApplication,
  catalog: CatalogRules,
  around: Surroundings,
): ApplicationRow {
  const mapping = mapApplication(
    { ...app, ...app.key, instance },
    catalog.rules,
    catalog.environments.map((each) => each.name),
  )
  const next = comingOf(app, around)
  const { listed, ...observed } = app
  const text = restOf(app)
  const deployed = app.deployed
  const version = deployed
    ? versionOf({
        images: app.images,
        sources: deployed.sources,
        revisions: deployed.revisions,
        service: mapping.mapped ? mapping.service : app.key.name,
      })
    : null
  const columns = {
    ...mappingColumns(mapping, catalog.environments),
    uid: app.uid,
    project: app.project,
    version,
    version_key: versionKey(version),
    deployed_revisions: deployed?.revisions ?? [],
    desired_revisions: app.desiredRevisions,
    deployed_at: deployed?.at ?? null,
    images: app.images,
    automated: app.automated,
    problem: null,
  }
  const status = statusColumns(app.health, {
    sync: app.sync.status,
    coming: next.kind,
    coming_reason: next.reason,
  })
  const deployment_mark = hashOf(deploymentMark(app))
  const rest_hash = hash('sha256', `${JSON.stringify(columns)}${deployment_mark}${text}`)
  return {
    id: newId('application'),
    ...app.key,
    ...columns,
    ...status,
    observed,
    observed_text: text,
    listed,
    resource_version: /^\d{1,18}$/.test(app.resourceVersion ?? '') ? app.resourceVersion : null,
    content_hash: contentHash(rest_hash, status),
    rest_hash,
    deployment_mark,
  }
}

/** One that was not understood: what was known of it stays, the problem stands beside it. */
export function problemRow(
  instance: string,
  key: ApplicationKey,
  problem: string,
  catalog: CatalogRules,
): ApplicationRow {
  const blank = { labels: {}, annotations: {}, project: '', owner: null, destination: {}, instance }
  const environments = catalog.environments.map((each) => each.name)
  const mapping = mapApplication({ ...key, ...blank }, catalog.rules, environments)
  return {
    id: newId('application'),
    ...key,
    ...mappingColumns(mapping, catalog.environments),
    project: '',
    deployed_revisions: [],
    desired_revisions: [],
    images: [],
    sync: 'Unknown',
    health: 'Unknown',
    automated: false,
    coming: 'cannot-tell',
    coming_reason: problem,
    problem,
    content_hash: hashOf([problem]),
  }
}
