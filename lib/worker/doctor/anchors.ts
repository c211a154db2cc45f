import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { openAnchors } from '#lib/anchors/open.ts'
import type { Anchor } from '#lib/audit/anchors.ts'
import type { Config } from '#lib/platform/config.ts'
import { readSecret } from '#lib/platform/secrets.ts'
import { about, type Finding } from './finding.ts'
import { askOnce, jsonOf } from './systems.ts'

const says = about('anchors')

async function writable(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.W_OK)
    return undefined
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' || dirname(path) === path) return `${path} (${code})`
    // Not there yet: whoever makes it needs the nearest folder that is.
    return writable(dirname(path))
  }
}

async function tryFile(path: string): Promise<Finding> {
  const refused = await writable(path)
  if (refused)
    return says.blocking(
      `Checkpoints cannot be written to ${path}: no right to write ${refused}. Give the signer's account the right, or choose another path.`,
    )
  return says.fine(`Checkpoints can be written to ${path}.`)
}

/** Reads and writes nothing: what an anchor may write shows at the first checkpoint, on the page of the log. */
async function tryPlace(anchor: Anchor): Promise<Finding> {
  try {
    await anchor.read({ origin: 'countersign.example/doctor' })
    return says.fine(`Anchor ${anchor.name} answers.`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return says.warning(
      `Anchor ${anchor.name} cannot be asked: ${why}. Until it can, it confirms no checkpoint; releases wait only when all fail.`,
    )
  }
}

const branchSchema = z.object({ protected: z.boolean(), can_push: z.boolean().default(true) })

/** Whether somebody could take commits back, or this token could not make any. */
async function tryBranch(anchor: Extract<Config['anchors'][number], { kind: 'git' }>): Promise<Finding[]> {
  const { url, project, branch, token } = anchor
  const path = `/api/v4/projects/${encodeURIComponent(project)}/repository/branches/${encodeURIComponent(branch)}`
  const outcome = await askOnce(url, { path, headers: { 'private-token': readSecret(token) } })
  if (!outcome.ok || outcome.response.status !== 200) return []
  const found = branchSchema.safeParse(jsonOf(outcome.response.body)).data
  if (found && !found.can_push)
    return [says.warning(`The token of ${project} may not push to ${branch}: no checkpoint gets there.`)]
  if (found?.protected === false)
    return [
      says.warning(
        `The branch ${branch} of ${project} is not protected: whoever may push can take checkpoints back. Protect it, without force push.`,
      ),
    ]
  return []
}

async function tryAnchor(configured: Config['anchors'][number], opened: Anchor): Promise<Finding[]> {
  if (configured.kind === 'file') return [await tryFile(configured.path)]
  const answers = await tryPlace(opened)
  if (configured.kind !== 'git' || answers.level !== 'fine') return [answers]
  return [answers, ...(await tryBranch(configured))]
}

/** Whether the signer could put checkpoints where it should; dispatch to production waits for them. */
export async function examineAnchors(anchors: Config['anchors']): Promise<Finding[]> {
  if (anchors.length === 0)
    return [
      says.blocking(
        'anchors is empty: releases wait for a checkpoint outside the database. Configure at least one.',
      ),
    ]
  const opened = openAnchors(anchors)
  const found = await Promise.all(anchors.map((anchor, i) => tryAnchor(anchor, opened[i] as Anchor)))
  return found.flat()
}
