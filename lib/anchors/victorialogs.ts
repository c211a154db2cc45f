import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { type Anchor, noteDigest, type SignedHead } from '#lib/audit/anchors.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import type { SecretRef } from '#lib/platform/config-values.ts'
import { readSecret } from '#lib/platform/secrets.ts'
import { type Answer, asking, excerpt } from './ask.ts'

export type VictoriaLogsPlace = {
  url: string
  token?: SecretRef | undefined
  tenant?: { accountId: number; projectId: number } | undefined
  /** How long it keeps lines, by its own -retentionPeriod. */
  retentionMs: number
}

/** New lines can be found after about a second. */
const confirming = { withinMs: 10_000, everyMs: 200 }
const newestLines = 100
/** A line about to fall out of the retention may be gone already. */
const marginMs = 3_600_000
const lineSchema = z.object({ note: z.string() })
const stream = '{app="countersign",kind="checkpoint"}'

function lineOf({ checkpoint, note }: SignedHead, at: string): Record<string, string> {
  const { origin, size, root } = checkpoint
  return {
    _time: at,
    _msg: `Checkpoint of ${size} entries of ${origin}`,
    app: 'countersign',
    kind: 'checkpoint',
    origin,
    size: String(size),
    root: Buffer.from(root).toString('base64'),
    sha256: noteDigest(note),
    note,
  }
}

/** The notes in an answer of lines of JSON; a line that is none is an error that came after the first bytes. */
function notesIn(answer: Answer): string[] {
  if (answer.status !== 200) throw new Error(`VictoriaLogs cannot be read: ${excerpt(answer)}`)
  return answer.text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return lineSchema.parse(JSON.parse(line)).note
      } catch {
        throw new Error(`VictoriaLogs answered with a line that is no checkpoint: ${line.slice(0, 200)}`)
      }
    })
}

/**
 * One line of JSON for each checkpoint. VictoriaLogs answers 200 also when it drops a line, so a checkpoint counts as
 * confirmed when the line can be read back. Sources: VictoriaLogs' /insert/jsonline and /select/logsql/query.
 */
export function victoriaLogsAnchor(place: VictoriaLogsPlace, name: string, confirm = confirming): Anchor {
  const ask = asking(place.url)
  const headers = () => ({
    ...(place.token && { authorization: `Bearer ${readSecret(place.token)}` }),
    ...(place.tenant && {
      AccountID: String(place.tenant.accountId),
      ProjectID: String(place.tenant.projectId),
    }),
  })
  const query = async (filter: string): Promise<string[]> =>
    notesIn(
      await ask({
        path: '/select/logsql/query',
        query: [['query', `${stream} ${filter} | sort by (_time) desc | limit ${newestLines}`]],
        headers: headers(),
      }),
    )

  return {
    name,
    kind: 'victorialogs',
    async submit(head) {
      const at = clock.now()
      const line = lineOf(head, at)
      const answer = await ask({
        method: 'POST',
        path: '/insert/jsonline',
        query: [
          ['_stream_fields', 'app,kind'],
          ['_time_field', '_time'],
          ['_msg_field', '_msg'],
        ],
        headers: { ...headers(), 'content-type': 'application/stream+json' },
        body: `${JSON.stringify(line)}\n`,
      })
      if (answer.status >= 300) throw new Error(`VictoriaLogs did not take the line: ${excerpt(answer)}`)
      const sha256 = noteDigest(head.note)
      const lateAtMs = clock.monotonicMs() + confirm.withinMs
      while (!(await query(`sha256:=${JSON.stringify(sha256)}`)).includes(head.note)) {
        if (clock.monotonicMs() > lateAtMs)
          throw new Error(
            `VictoriaLogs answered ${answer.status} to the line, but does not show it: it may drop what it takes`,
          )
        await pause(confirm.everyMs)
      }
      return { at, url: place.url, status: answer.status, sent: JSON.stringify(line), sha256 }
    },
    async read(asked) {
      const notes = await query(`origin:=${JSON.stringify(asked?.origin ?? '')}`)
      const nothing = { leaves: new Uint8Array(), strayBytes: 0, missing: false }
      const newestSince = plus(clock.now(), marginMs - place.retentionMs)
      return { name, place: place.url, notes, ...nothing, newestSince }
    },
  }
}
