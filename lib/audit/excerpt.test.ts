import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import { lineOf } from '#lib/streams/stream.ts'
import { canonicalBytes } from './canonical.ts'
import { readEvent } from './event.ts'
import { type ExportRow, excerptFormats, excerptText } from './excerpt.ts'
import { checkFile, readKeys } from './files.ts'
import { readLogFile } from './log-file.ts'
import { leafHash } from './merkle.ts'
import { ocsfOf, ocsfVersion } from './ocsf.ts'
import { readPasted } from './pasted.ts'
import type { EventType } from './payload.ts'

const golden = (name: string) => join(import.meta.dirname, '../evidence/golden', name)
const log = golden('log-v1.jsonl')
const keys = await readKeys([golden('log.vkey')])
const dir = mkdtempSync(join(tmpdir(), 'countersign-excerpt-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const { facts, rows } = await readLogFile(createReadStream(log))
const all: ExportRow[] = []
for await (const batch of rows)
  for (const { seq, leaf, chain, entry } of batch) {
    if (!entry) continue
    const head = facts.checkpoints.find(({ size }) => size > seq)
    all.push({
      ...{ seq, leaf, chain, entry, read: readEvent(entry), at: '2026-11-23T12:00:00.000Z', name: 'Anna' },
      checkpoint: head && { size: head.size, root: Buffer.from(head.root).toString('base64') },
    })
  }

const check = (text: string, withLog = true) => {
  const file = join(dir, 'pasted')
  writeFileSync(file, text)
  return checkFile(file, { keys, anchors: [], ...(withLog && { log }) })
}

describe.each(excerptFormats)('a row of an export as %s', (format) => {
  it('is proved again by itself, with sequence, leaf and checkpoint', async () => {
    const lines = excerptText(format, all).split(/\r?\n/)
    // One line from the middle, as somebody pastes it into a mail.
    const line = lines[Math.floor(lines.length / 2)] ?? ''
    const report = await check(line)
    expect(report).toMatchObject({ kind: 'excerpt', verdict: 'whole', exitCode: 0, findings: [] })
    expect(report.proved).toContain('Each is in the log that was given, under its number.')
    expect(line).toContain(all[Math.floor(lines.length / 2)]?.checkpoint?.root ?? 'no checkpoint')
  })

  it('is proved as a whole file; without the log it says what is not proved', async () => {
    const text = excerptText(format, all)
    expect(readPasted(text)?.map(({ seq }) => seq)).toEqual(all.map(({ seq }) => seq))
    expect((await check(text)).exitCode).toBe(0)
    expect((await check(text, false)).notProved[0]).toMatch(/^That they are in the log: .*--log/)
  })

  it('that was changed anywhere is found, at its number', async () => {
    const row = all[3] as ExportRow
    const text = excerptText(format, [row])
    const forged = text.replace(/evt_\w{4}/g, (id) => `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`)
    expect(forged).not.toBe(text)
    expect(await check(forged)).toMatchObject({ verdict: 'tampered', exitCode: 2, firstBad: row.seq })
    // Entry and leaf changed together: only the log tells.
    const entry = Buffer.from(
      Buffer.from(row.entry)
        .toString()
        .replace('evt_', 'evt_0')
        .replace(/(evt_\w{26})\w/, '$1'),
    )
    const made = excerptText(format, [{ ...row, entry, leaf: leafHash(entry) }])
    expect((await check(made, false)).exitCode).toBe(0)
    expect(await check(made)).toMatchObject({ exitCode: 2, firstBad: row.seq })
    // A true entry under another number.
    const moved = excerptText(format, [{ ...row, seq: 5 }])
    expect(await check(moved)).toMatchObject({ exitCode: 2, firstBad: 5 })
  })

  it('survives what a spreadsheet must not see', async () => {
    const value = {
      ...JSON.parse(Buffer.from(all[0]?.entry ?? '').toString()),
      note: '\u202e\u200d=1+1,"x"\n\u{e0041}',
    }
    const entry = canonicalBytes(value)
    const text = excerptText(format, [
      { ...(all[0] as ExportRow), entry, leaf: leafHash(entry), read: readEvent(entry) },
    ])
    expect((await check(text, false)).exitCode).toBe(0)
    if (format === 'csv') expect(text).not.toMatch(/[\u202e\u200d]/)
  })
})

it('a line of the stream is proved again, also after a collector wrote its numbers as text', async () => {
  const row = all[4] as ExportRow
  const at = instant('2026-11-23T12:00:00Z')
  const root = Buffer.from('root')
  const line = lineOf({ ...row, writtenAt: at, checkpoint: { size: 9, root } }, facts.origin, at)
  expect((await check(JSON.stringify(line))).exitCode).toBe(0)
  expect((await check(JSON.stringify({ ...line, seq: String(line.seq) }))).exitCode).toBe(0)
})

it('rows against what is no whole log are not checked at all', async () => {
  const file = join(dir, 'row')
  writeFileSync(file, excerptText('jsonl', all.slice(0, 1)))
  await expect(checkFile(file, { keys, anchors: [], log: golden('log.vkey') })).rejects.toThrow(
    'no whole exported log',
  )
})

describe('OCSF', () => {
  const event = (type: EventType, data: object, actor: object = { kind: 'person', person: 'per_anna' }) => {
    const entry = canonicalBytes({
      ...{ v: 1, id: `evt_${'0'.repeat(26)}`, at: '2026-11-23T12:00:00.000Z', type, actor, data },
      subject: type.startsWith('release') ? { release: 'rel_1' } : {},
    })
    return ocsfOf({
      ...{ seq: 7, leaf: leafHash(entry), chain: leafHash(entry), entry, read: readEvent(entry) },
      ...{ at: '2026-11-23T12:00:00.000Z', name: undefined, checkpoint: undefined },
    })
  }

  it('has what every event of its class must have, under the names of the schema', () => {
    expect(event('release.withdrawn', { reason: 'late' })).toMatchObject({
      ...{ category_uid: 3, class_uid: 3004, activity_id: 4, type_uid: 300404, severity_id: 1, status_id: 1 },
      time: Date.parse('2026-11-23T12:00:00Z'),
      entity: { type: 'Release', uid: 'rel_1' },
      actor: { user: { uid: 'per_anna' } },
      message: 'withdrew the release: late',
      metadata: {
        version: ocsfVersion,
        sequence: 7,
        event_code: 'release.withdrawn',
        product: { name: 'Countersign' },
      },
    })
  })

  it.each<[EventType, object, object]>([
    ['sign-out', {}, { class_uid: 3002, activity_id: 2, type_uid: 300202, user: { uid: 'per_anna' } }],
    ['sign-in-refused', { refusal: 'no-groups' }, { class_uid: 3002, activity_id: 1, status_id: 2 }],
    ['log.read', { filter: {} }, { class_uid: 3004, activity_id: 2, entity: { type: 'log', name: 'log' } }],
    ['release.revoke-refused', { refusal: 'too-late' }, { class_uid: 3004, activity_id: 3, status_id: 2 }],
    ['release.message', { message: 'm', text: 'x' }, { activity_id: 1 }],
  ])('puts %s into its class', (type, data, expected) => {
    expect(event(type, data)).toMatchObject(expected)
  })

  it('names whoever is no person', () => {
    const actor = { kind: 'worker', name: 'wrk_1' }
    expect(event('process.started', { process: 'worker' }, actor)).toMatchObject({
      actor: { app_name: 'wrk_1' },
    })
  })
})
