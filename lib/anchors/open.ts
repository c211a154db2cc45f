import { basename } from 'node:path'
import { type Anchor, fileAnchor } from '#lib/audit/anchors.ts'
import type { Config } from '#lib/platform/config.ts'
import { gitlabAnchor } from './gitlab.ts'
import { victoriaLogsAnchor } from './victorialogs.ts'

type Configured = Config['anchors'][number]

function nameOf(anchor: Configured): string {
  switch (anchor.kind) {
    case 'file':
      return `file:${basename(anchor.path)}`
    case 'victorialogs':
      return `victorialogs:${new URL(anchor.url).host}`
    case 'git':
      return `git:${anchor.project}`
  }
}

function open(anchor: Configured, name: string): Anchor {
  switch (anchor.kind) {
    case 'file':
      return fileAnchor(anchor.path, name)
    case 'victorialogs':
      return victoriaLogsAnchor(anchor, name)
    case 'git':
      return gitlabAnchor(anchor, name)
  }
}

/** The anchors as configured. Receipts go by their names: two of one name are told apart by their place in the list. */
export function openAnchors(configured: Config['anchors']): Anchor[] {
  const names = configured.map(nameOf)
  return configured.map((anchor, i) => {
    const name = names[i] as string
    return open(anchor, names.indexOf(name) === i ? name : `${name}#${i + 1}`)
  })
}
