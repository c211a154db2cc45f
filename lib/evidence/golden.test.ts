import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCheckpoint } from '#lib/audit/checkpoint.ts'
import { checkFile, readKeys } from '#lib/audit/files.ts'
import { openEnvelope } from './envelope.ts'
import { readStatement } from './pack.ts'
import { verifierProgram } from './program.ts'

// Files of this version of the formats. They stay as they are: what was handed out must verify for ever.
const golden = (name: string) => join(import.meta.dirname, 'golden', name)
const files = ['release-v1.pack', 'period-v1.pack', 'log-v1.jsonl', 'checkpoint-v1.note']
const run = promisify(execFile)

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-golden-'))
  await writeFile(join(dir, 'verify.mjs'), verifierProgram())
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe('files of version 1', () => {
  it.each(files)('%s is whole', async (name) => {
    const keys = await readKeys([golden('log.vkey')])
    const report = await checkFile(golden(name), { keys, anchors: [] })
    expect(report).toMatchObject({ exitCode: 0, findings: [], missing: [] })
  })

  it('are to us what they are to the Go implementation', async () => {
    const [key] = await readKeys([golden('log.vkey')])
    const answers = (await readFile(golden('go-answers.jsonl'), 'utf8')).trim().split('\n')
    for (const [i, name] of files.slice(0, 2).entries()) {
      const opened = openEnvelope(await readFile(golden(name), 'utf8'), key ? [key] : [])
      const predicate = opened.ok ? readStatement(opened.payload)?.predicate : undefined
      const head = openCheckpoint(predicate?.checkpoint ?? '', predicate?.origin ?? '', key ? [key] : [])
      if (!head.ok) throw new Error(head.problem)
      const { origin, size, root } = head.checkpoint
      const ours = { ok: true, origin, size, root: Buffer.from(root).toString('base64') }
      expect({ ...ours, entries: predicate?.entries.length }).toEqual(JSON.parse(answers[i] ?? ''))
    }
  })
})

describe('the verifier in one file', () => {
  const verify = (...args: string[]) =>
    run(process.execPath, [join(dir, 'verify.mjs'), ...args]).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
        code,
        stdout,
        stderr,
      }),
    )

  it('says the same of them, in words', async () => {
    const { code, stdout } = await verify('--vkey', golden('log.vkey'), ...files.map(golden))
    expect(code).toBe(0)
    expect(stdout).toContain(
      'release-v1.pack: the evidence pack is whole.\n  About release rel_2, 10 entries of',
    )
    expect(stdout).toContain('log-v1.jsonl: the log export is whole.')
    expect(stdout).toContain('checkpoint-v1.note: the checkpoint is whole.')
  })

  it('refuses one changed character, a key it was not given, and what it cannot read', async () => {
    const pack = await readFile(golden('release-v1.pack'), 'utf8')
    await writeFile(join(dir, 'changed.pack'), pack.replace('"payload":"e', '"payload":"f'))
    const vkey = ['--vkey', golden('log.vkey')]
    const all = await Promise.all([
      verify(...vkey, join(dir, 'changed.pack')),
      verify(golden('release-v1.pack')),
      verify(...vkey, '--json', golden('release-v1.pack'), join(dir, 'changed.pack')),
      verify(...vkey, join(dir, 'nowhere.pack')),
      verify('--fast'),
    ])
    expect(all.map(({ code }) => code)).toEqual([2, 5, 2, 1, 1])
    const lines = (all[2]?.stdout ?? '').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).exitCode)).toEqual([0, 2])
    expect(all[3]?.stderr).toMatch(/^\S+nowhere\.pack cannot be read\.\n$/)
  })
})
