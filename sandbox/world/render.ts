import { commitOf, type Repo, resolveRef, settingsAt } from './git.ts'
import { chartManifests, directoryManifests, type Manifest, overlayManifests } from './manifests.ts'
import type { Source, Spec } from './types.ts'

export type Repos = Map<string, Repo>
export type Rendered = { ok: true; manifests: Manifest[] } | { ok: false; message: string }
export type Resolved = { ok: true; sha: string } | { ok: false; message: string }

export function sourcesOf(spec: Spec): Source[] {
  return spec.sources && spec.sources.length > 0 ? spec.sources : spec.source ? [spec.source] : []
}

export const isMultiSource = (spec: Spec) => (spec.sources?.length ?? 0) > 0

/** A ref of a source's repository to a SHA, in the words of Argo CD's repo-server. */
export function resolveSource(repos: Repos, source: Source, ref: string): Resolved {
  const repo = repos.get(source.repoURL)
  if (!repo) return { ok: false, message: 'failed to list refs: repository not found: ' }
  const sha = resolveRef(repo, ref)
  return sha ? { ok: true, sha } : { ok: false, message: `unable to resolve '${ref}' to a commit SHA` }
}

/** What git says when asked for a commit that no ref leads to. */
export function notOurRef(sha: string): string {
  return `Failed to checkout revision ${sha}: \`git fetch origin ${sha} --tags --force --prune\` failed exit status 128: fatal: remote error: upload-pack: not our ref ${sha}`
}

/**
 * Manifests of sources at concrete revisions (parallel lists) without namespace and tracking id.
 * Pure: the same sources and revisions give the same manifests for ever.
 */
export function renderSources(repos: Repos, sources: Source[], revisions: string[]): Rendered {
  const manifests: Manifest[] = []
  for (const [position, source] of sources.entries()) {
    const repo = repos.get(source.repoURL)
    if (!repo) return { ok: false, message: 'failed to list refs: repository not found: ' }
    const sha = revisions[position] ?? ''
    if (!commitOf(repo, sha)) {
      const reason = notOurRef(sha)
      return {
        ok: false,
        message: `failed to initialize repository resources: rpc error: code = Internal desc = ${reason}`,
      }
    }
    if (source.ref !== undefined && source.path === undefined) continue
    const found = renderOne(repos, source, sha, sources, revisions)
    if (!found) return { ok: false, message: `${source.path}: app path does not exist` }
    manifests.push(...found)
  }
  return { ok: true, manifests }
}

function renderOne(
  repos: Repos,
  source: Source,
  sha: string,
  sources: Source[],
  revisions: string[],
): Manifest[] | undefined {
  const repo = repos.get(source.repoURL)
  if (!repo || source.path === undefined) return undefined
  if (source.helm) {
    const file = source.helm.valueFiles?.[0] ?? ''
    const match = /^\$(\w+)\/(.+)\.yaml$/.exec(file)
    const at = sources.findIndex((other) => other.ref !== undefined && other.ref === match?.[1])
    const values = repos.get(sources[at]?.repoURL ?? '')
    const settings = values && match?.[2] ? settingsAt(values, match[2], revisions[at] ?? '') : undefined
    if (!settings) return undefined
    const env = match?.[2]?.split('/')[1] ?? ''
    return chartManifests(source.helm.releaseName ?? 'web', env, settings, source.helm.parameters ?? [])
  }
  const settings = settingsAt(repo, source.path, sha)
  if (!settings) return undefined
  const [first = '', second = ''] = source.path.split('/')
  if (first === 'overlays') return overlayManifests(repo.path.split('/')[1] ?? '', second, settings)
  return directoryManifests(first, second, settings)
}

/** Group of an apiVersion: `apps/v1` → `apps`, `v1` → empty. */
export function groupVersion(apiVersion: string): { group: string; version: string } {
  const [left = '', right] = apiVersion.split('/')
  return right === undefined ? { group: '', version: left } : { group: left, version: right }
}

/** Adds what Argo CD adds before it applies: the tracking annotation. */
export function tracked(manifest: Manifest, application: string, namespace: string): Manifest {
  const { group } = groupVersion(manifest.apiVersion)
  const name = manifest.metadata.name ?? ''
  const id = `${application}:${group}/${manifest.kind}:${namespace}/${name}`
  return {
    ...manifest,
    metadata: {
      ...manifest.metadata,
      annotations: { ...manifest.metadata.annotations, 'argocd.argoproj.io/tracking-id': id },
    },
  }
}

export const isHook = (manifest: Manifest) =>
  manifest.metadata.annotations?.['argocd.argoproj.io/hook'] !== undefined
