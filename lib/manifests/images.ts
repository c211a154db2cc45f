/** An image string taken apart. `tag` and `digest` are null when the string names none. */
export type Image = {
  text: string
  registry: string
  repository: string
  tag: string | null
  digest: string | null
}

/**
 * First segment is a host only with a dot, a colon or as `localhost`; otherwise Docker Hub, where a bare name
 * is below `library/`. A colon after the last slash begins the tag; a digest wins over the tag.
 */
export function parseImage(text: string): Image {
  const [named = '', digest = null] = text.split('@', 2)
  const slash = named.lastIndexOf('/')
  const colon = named.indexOf(':', slash + 1)
  const path = colon === -1 ? named : named.slice(0, colon)
  const tag = colon === -1 ? null : named.slice(colon + 1) || null
  const [first = '', ...rest] = path.split('/')
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const registry = hasHost ? first : 'docker.io'
  const below = hasHost ? rest.join('/') : path
  return {
    text,
    registry,
    repository: hasHost || below.includes('/') ? below : `library/${below}`,
    tag,
    digest,
  }
}

/** Registry and repository together: what stays the same when only the version changes. */
export function imageName(image: Image): string {
  return `${image.registry}/${image.repository}`
}

/** A tag can be moved by whoever may push; only a digest says what runs. */
export function isPinned(image: Image): boolean {
  return image.digest !== null
}

/** What people call the version of one image: its tag, else the start of its digest. */
export function imageVersion(image: Image): string {
  if (image.tag) return image.tag
  return image.digest ? shortRevision(image.digest) : 'latest'
}

/** `sha256:1a2b3c4d5e6f` of a digest, seven characters of a git SHA, anything else (chart versions) whole. */
export function shortRevision(revision: string): string {
  const digest = /^([a-z0-9]+):([0-9a-f]{12})[0-9a-f]{20,}$/.exec(revision)
  if (digest) return `${digest[1]}:${digest[2]}`
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(revision) ? revision.slice(0, 7) : revision
}

/**
 * The version to show for an application: that of the image named like the service, of its only image, of its
 * chart, or the start of its git revision. Two versions of one image (a rollout under way) are both shown.
 * Null when nothing is known. For display only: decisions rest on revisions and digests.
 */
export function versionOf(given: {
  images: readonly string[]
  sources: readonly { chart?: string | undefined }[]
  revisions: readonly string[]
  service: string
}): string | null {
  const images = given.images.map(parseImage)
  const own = images.filter((image) => image.repository.split('/').at(-1) === given.service)
  const names = new Set(images.map(imageName))
  const chosen = own.length > 0 ? own : names.size === 1 ? images : []
  if (chosen.length > 0) return [...new Set(chosen.map(imageVersion))].sort().join(' + ')
  const chart = given.sources.findIndex((source) => source.chart)
  const revision = given.revisions[chart === -1 ? 0 : chart]
  return revision ? shortRevision(revision) : null
}
