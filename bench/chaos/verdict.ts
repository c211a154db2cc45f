import { join } from 'node:path'
import { openAnchors } from '#lib/anchors/open.ts'
import { verifyDatabase } from '#lib/audit/check.ts'
import { readVkeys, signerPlaces } from '#lib/audit/keys.ts'
import { broken, look, type Told } from '#lib/dispatch/testing-invariants.ts'
import { loadConfig } from '#lib/platform/config.ts'
import * as seed from '#lib/releases/testing.ts'
import type { Ground } from './ground.ts'

const inFlight = ['approved', 'dispatching', 'syncing', 'verifying']

/** Every release of the generated services, as the invariants look at them. */
export async function lookAt(ground: Ground): Promise<Told[]> {
  const client = await seed.connect(ground.urls.admin)
  try {
    const rows = await client.query<{ id: string }>(
      `SELECT id FROM catalog.application WHERE name LIKE 'svc-%'`,
    )
    return await look(
      client,
      rows.rows.map(({ id }) => id),
    )
  } finally {
    await client.end()
  }
}

/** What Argo CD accepted from us for them, whoever thinks it sent it. */
export function acceptedBy({ sandbox }: Ground) {
  const value = (info: { name: string; value: string }[] | undefined, name: string) =>
    info?.find((each) => each.name === name)?.value ?? ''
  return sandbox.argoCd.accepted().flatMap(({ application, kind, operation }) =>
    kind === 'sync' && operation
      ? [
          {
            application,
            release: value(operation.info, 'countersign/release'),
            token: value(operation.info, 'countersign/token'),
            revision: operation.sync.revision ?? '',
          },
        ]
      : [],
  )
}

/** Waits until nothing is on its way any more; those that still are, when `waitMaxMs` is over, are lost. */
export async function settled(ground: Ground, waitMaxMs: number): Promise<Told[]> {
  const endMs = performance.now() + waitMaxMs
  for (;;) {
    const left = (await lookAt(ground)).filter(({ state }) => inFlight.includes(state))
    if (left.length === 0 || performance.now() > endMs) return left
    await new Promise((done) => setTimeout(done, 250))
  }
}

export type Verdict = {
  releases: number
  ends: Record<string, number>
  accepted: number
  /** Releases with two accepted syncs. */
  double: number
  /** Accepted syncs that no release with its approvals explains. */
  unapproved: number
  lost: number
  /** Entries of the log, all of them verified against the signed checkpoints. */
  entries: number
  /** Sentences of broken invariants, and of what the verifier found. */
  wrong: string[]
}

export async function judge(ground: Ground, waitMaxMs: number): Promise<Verdict> {
  const lost = await settled(ground, waitMaxMs)
  const told = await lookAt(ground)
  const accepted = acceptedBy(ground)
  const rows = await ground.ask<{ t: string }>(
    `SELECT from_state || ' ' || to_state AS t FROM rel.transition`,
  )
  const wrong = broken(told, accepted, new Set(rows.map(({ t }) => t)), new Map())
  const byId = new Map(told.map((each) => [each.id, each]))
  const syncsOf = (id: string) => accepted.filter(({ release }) => release === id).length
  const unapproved = accepted.filter(({ release, token }) => {
    const found = byId.get(release)
    return !found?.intents.some((intent) => intent.token === token)
  })
  const ends: Record<string, number> = {}
  for (const { state } of told) ends[state] = (ends[state] ?? 0) + 1
  for (const { id, state } of told)
    if (['succeeded', 'degraded'].includes(state) && syncsOf(id) !== 1)
      wrong.push(`${id} is ${state} without a sync`)
  const config = loadConfig('tool', { COUNTERSIGN_CONFIG: join(ground.dir, 'countersign.yaml') })
  const report = await verifyDatabase({
    url: ground.urls.signer,
    anchors: openAnchors(config.anchors),
    keys: (await readVkeys(signerPlaces(join(ground.dir, 'home')).vkey)) ?? [],
  })
  wrong.push(...report.findings.map(({ verdict, sentence }) => `log: ${verdict}: ${sentence}`))
  return {
    releases: told.length,
    ends,
    accepted: accepted.length,
    double: told.filter(({ id }) => syncsOf(id) > 1).length,
    unapproved: unapproved.length,
    lost: lost.length,
    entries: report.size,
    wrong: [...wrong, ...lost.map((each) => `lost: ${JSON.stringify(each)}`)],
  }
}

/** Prints it and answers with an exit code. */
export function say({ wrong, ...figures }: Verdict): number {
  for (const sentence of wrong.slice(0, 20)) process.stdout.write(`WRONG: ${sentence}\n`)
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  return wrong.length + figures.double + figures.unapproved + figures.lost > 0 ? 1 : 0
}
