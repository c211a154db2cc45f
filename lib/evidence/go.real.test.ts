import { execFile } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { formatVkey, signerOf } from '#lib/audit/checkpoint.ts'
import { bookOf, materialOf, packOf } from './testing.ts'
import { verifyPack } from './verify-pack.ts'

const run = promisify(execFile)
const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 6)])
const signer = signerOf(
  'countersign.example/independent',
  createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
)
const golden = (name: string) => join(import.meta.dirname, 'golden', name)

let dir: string
/** Why there is nothing to compare with here; undefined when there is. */
let missing: string | undefined

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-go-'))
  await cp(join(import.meta.dirname, 'go'), dir, { recursive: true })
  try {
    const env = { ...process.env, GOFLAGS: '-buildvcs=false', GOTOOLCHAIN: 'local' }
    await run('go', ['build', '-o', 'check', '.'], { cwd: dir, env, timeout: 90_000 })
  } catch (error) {
    const { code, stderr = '' } = error as NodeJS.ErrnoException & { stderr?: string }
    // What does not compile is our fault; a toolchain or a module that is not to be had is not.
    if (stderr.includes('main.go:') && !stderr.includes('no required module')) throw error
    missing =
      code === 'ENOENT' ? 'no Go toolchain is installed here' : `Go could not build here: ${stderr.trim()}`
  }
})
afterAll(() => rm(dir, { recursive: true, force: true }))

type Answer = { ok: boolean; why?: string; entries?: number }
async function ask(vkey: string, paths: string[]): Promise<Answer[]> {
  const { stdout } = await run(join(dir, 'check'), [vkey, ...paths])
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer)
}

it('accepts the same 20 packs, and refuses them changed, as an implementation of others does', async ({
  skip,
}) => {
  if (missing) skip(missing)
  const book = bookOf(signer, 19)
  const materials = [
    materialOf(book),
    ...Array.from({ length: 19 }, (_, i) => materialOf(book, `rel_${i + 1}`)),
  ]
  const packs = materials.map((material) => packOf(material, signer))
  const changed = packs.map((pack, i) => {
    const at = 40 + i * 37
    return pack.slice(0, at) + (pack[at] === 'A' ? 'B' : 'A') + pack.slice(at + 1)
  })
  const vkey = join(dir, 'log.vkey')
  await writeFile(vkey, formatVkey(signer))
  const all = [...packs, ...changed]
  const paths = all.map((_, i) => join(dir, `${i}.pack`))
  await Promise.all(all.map((pack, i) => writeFile(paths[i] as string, pack)))
  const theirs = await ask(vkey, paths)
  const ours = all.map(
    (pack) => verifyPack(pack, { file: 'pack', keys: [signer], anchors: [] }).exitCode === 0,
  )
  expect(theirs.map(({ ok }) => ok)).toEqual(ours)
  expect(ours).toEqual(all.map((_, i) => i < 20))
  expect(theirs.slice(0, 20).map(({ entries }) => entries)).toEqual(
    materials.map(({ entries }) => entries.length),
  )
})

it('still says of the kept files what it said when they were made', async ({ skip }) => {
  if (missing) skip(missing)
  const kept = (await readFile(golden('go-answers.jsonl'), 'utf8')).trim().split('\n')
  const now = await ask(golden('log.vkey'), [golden('release-v1.pack'), golden('period-v1.pack')])
  expect(now).toEqual(kept.map((line) => JSON.parse(line)))
})
