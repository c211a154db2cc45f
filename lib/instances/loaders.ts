import 'server-only'
import { requireViewer } from '#lib/access/viewer.ts'
import { judgeVersion } from '#lib/argocd/version.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { getDb } from '#lib/platform/context.ts'
import { type InstanceRecord, listInstances } from './data.ts'
import { type InstanceLine, instanceLine, isUnwell, rightsAsked } from './instance-line.ts'
import type { InstanceView } from './schema.ts'

function viewOf(record: InstanceRecord, now: Instant): InstanceView {
  const { listing: _listing, state: _state, account, ...rest } = record
  return {
    ...rest,
    line: instanceLine(record, now),
    advisories: judgeVersion(record.version).advisories,
    account: account && {
      name: account.name,
      at: account.at,
      rights: rightsAsked.flatMap(({ resource, action, wanted, for: use }) => {
        const held = account.rights[`${resource}/${action}`]
        return held === undefined ? [] : [{ words: `${resource}, ${action}`, for: use, held, wanted }]
      }),
    },
  }
}

/** Every Argo CD that the viewer may know of, and how each is. */
export async function loadInstances(): Promise<InstanceView[]> {
  const viewer = await requireViewer()
  const now = clock.now()
  return (await listInstances(getDb(), viewer)).map((record) => viewOf(record, now))
}

/** The instances that are not well, for a line above what is shown of them; empty when all is well. */
export async function loadUnwell(): Promise<{ name: string; line: InstanceLine }[]> {
  const viewer = await requireViewer()
  const now = clock.now()
  const lines = (await listInstances(getDb(), viewer, { counted: false })).map((record) => ({
    name: record.name,
    line: instanceLine(record, now),
  }))
  return lines.filter(({ line }) => isUnwell(line))
}
