import { isMultiSource, renderSources, resolveSource, sourcesOf, tracked } from '#sandbox/world/render.ts'
import { readApplication } from './access.ts'
import { type Call, GrpcError, sendJson } from './http.ts'
import { masked } from './live-objects.ts'
import { objectText } from './object-text.ts'
import { outOfRange } from './sync.ts'

/** `GET …/manifests`: what a revision, or a list of them, would render to. Secrets are masked. */
export function manifests(call: Call): void {
  const { state, query, res } = call
  const app = readApplication(call)
  const sources = sourcesOf(app.spec)
  const positions = query.getAll('sourcePositions').map(Number)
  const given = query.getAll('revisions')
  if (isMultiSource(app.spec) && positions.length > given.length) throw outOfRange(given.length)
  const refs = isMultiSource(app.spec)
    ? sources.map(
        (source, position) => given[positions.indexOf(position + 1)] || (source.targetRevision ?? ''),
      )
    : [query.get('revision') || (app.spec.source?.targetRevision ?? '')]
  if (app.manifestError) throw new GrpcError(2, app.manifestError)
  const revisions = sources.map((source, position) => {
    const resolved = resolveSource(state.repos, source, refs[position] ?? '')
    if (!resolved.ok) throw new GrpcError(2, resolved.message)
    return resolved.sha
  })
  const rendered = renderSources(state.repos, sources, revisions)
  if (!rendered.ok) throw new GrpcError(2, rendered.message)
  const namespace = app.spec.destination.namespace ?? ''
  sendJson(res, {
    manifests: rendered.manifests.map((manifest) =>
      objectText(masked(tracked(manifest, app.name, namespace))),
    ),
  })
}
