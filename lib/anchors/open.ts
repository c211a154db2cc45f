import { basename } from 'node:path'
import { type Anchor, fileAnchor } from '#lib/audit/anchors.ts'
import { parseCosignerVkey } from '#lib/audit/cosignature.ts'
import type { Config } from '#lib/platform/config.ts'
import { StartupProblem } from '#lib/platform/startup-problem.ts'
import { gitlabAnchor } from './gitlab.ts'
import { victoriaLogsAnchor } from './victorialogs.ts'
import { witnessAnchor } from './witness.ts'

type Configured = Config['anchors'][number]

function nameOf(anchor: Configured): string {
  switch (anchor.kind) {
    case 'file':
      return `file:${basename(anchor.path)}`
    case 'victorialogs':
      return `victorialogs:${new URL(anchor.url).host}`
    case 'git':
      return `git:${anchor.project}`
    case 'witness':
      return `witness:${anchor.vkey.split('+')[0]}`
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
    case 'witness': {
      const cosigner = parseCosignerVkey(anchor.vkey)
      if (!cosigner)
        throw new StartupProblem(`anchors: the vkey of ${name} does not fit its own id; copy it anew.`)
      return witnessAnchor({ url: anchor.url, cosigner }, name)
    }
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
