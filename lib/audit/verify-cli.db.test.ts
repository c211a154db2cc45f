import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { runSigner } from '#lib/worker/signer.ts'
import { fileAnchor } from './anchors.ts'
import { signerPlaces } from './keys.ts'
import { connect, disarm, editEntry, manyEvents, writeEvents } from './testing.ts'
import { verifyCommand } from './verify-cli.ts'

const { urls } = await testDatabase()
const admin = await connect(urls.admin)
let dir: string
let anchor: string

beforeAll(async () => {
  vi.spyOn(log, 'info').mockImplementation(() => {})
  dir = await mkdtemp(join(tmpdir(), 'countersign-verify-'))
  anchor = join(dir, 'checkpoints.txt')
  const web = await connect(urls.web)
  await writeEvents(web, manyEvents(30))
  await web.end()
  const signer = await runSigner({
    url: urls.signer,
    places: signerPlaces(dir),
    anchors: [fileAnchor(anchor)],
  })
  await signer.stop()
})
afterAll(async () => {
  await admin.end()
  await rm(dir, { recursive: true, force: true })
})

const env = () => ({ DATABASE_URL_SIGNER: urls.signer, COUNTERSIGN_HOME: dir })
async function verify(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = []
  const code = await verifyCommand([...args, '--anchor', anchor], (line) => lines.push(line), env())
  return { code, text: lines.join('') }
}

it('needs an address, a key and an anchor, and no configuration', async () => {
  const { code, text } = await verify()
  expect(code).toBe(0)
  expect(text).toMatch(/^The log is whole\. 30 entries of countersign\.local\/\w+, 30 of them anchored\./)
})

it('answers machines in JSON', async () => {
  const { code, text } = await verify('--json')
  expect(code).toBe(0)
  expect(JSON.parse(text)).toMatchObject({
    verdict: 'whole',
    exitCode: 0,
    size: 30,
    anchoredSize: 30,
    findings: [],
  })
})

it('does not trust a log whose key it was not given', async () => {
  expect((await verify('--vkey', join(dir, 'nowhere.vkey'))).code).toBe(5)
})

it('refuses an option that it does not know', async () => {
  await expect(verify('--fast')).rejects.toThrow(/--fast[\s\S]*npm run verify/)
})

it('checks files instead, with no database, and says the worst of them', async () => {
  const golden = (name: string) => join(import.meta.dirname, '../evidence/golden', name)
  const lines: string[] = []
  const check = (...args: string[]) => verifyCommand(args, (line) => lines.push(line), env())
  const files = [golden('release-v1.pack'), golden('log-v1.jsonl')]
  expect(await check(...files, '--vkey', golden('log.vkey'))).toBe(0)
  expect(lines[0]).toContain('release-v1.pack: the evidence pack is whole.')
  // Without a key named it is that of this installation.
  expect(await check(...files)).toBe(5)
  await expect(check(golden('nothing.pack'))).rejects.toThrow('cannot be read')
})

it('finds a row that was changed with superuser rights, at the exact index', async () => {
  await disarm(admin)
  await editEntry(admin, 17)
  const { code, text } = await verify()
  expect(code).toBe(2)
  expect(text).toMatch(/^The log was tampered with\. First bad index: 17\./)
})
