import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileAnchor, fileAnchors, noteDigest, type SignedHead } from './anchors.ts'

let dir: string
let path: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-anchor-'))
  path = join(dir, 'below', 'checkpoints.txt')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const leaf = (i: number) => Buffer.alloc(32, i)
function head(size: number): SignedHead {
  const root = Buffer.alloc(32, 200 + size)
  return {
    checkpoint: { origin: 'example.com/a', size, root },
    note: `example.com/a\n${size}\n${root.toString('base64')}\n\n— example.com/a AAAAAAAA\n`,
    async *leaves(from) {
      for (let i = from; i < size; i++) yield leaf(i)
    },
  }
}
const leavesOf = (size: number) => Buffer.concat(Array.from({ length: size }, (_, i) => leaf(i)))

describe('a file anchor', () => {
  it('appends each note, says where, and keeps the leaves', async () => {
    const anchor = fileAnchor(path)
    const receipts = [await anchor.submit(head(2)), await anchor.submit(head(5))]
    const bytes = await readFile(path)
    expect(receipts).toEqual([
      { file: 'checkpoints.txt', offset: 0, sha256: noteDigest(head(2).note) },
      { file: 'checkpoints.txt', offset: bytes.indexOf(head(5).note), sha256: noteDigest(head(5).note) },
    ])
    expect(await anchor.read()).toMatchObject({
      notes: [head(2).note, head(5).note],
      strayBytes: 0,
      missing: false,
    })
    expect(Buffer.from((await anchor.read()).leaves)).toEqual(leavesOf(5))
  })

  it('answers the same when it is asked again, and writes nothing', async () => {
    const anchor = fileAnchor(path)
    await anchor.submit(head(2))
    const first = await anchor.submit(head(3))
    expect(await anchor.submit(head(3))).toEqual(first)
    expect((await anchor.read()).notes).toHaveLength(2)
  })

  it('keeps every later note readable after a write that a crash cut short, at any byte', async () => {
    const record = `${head(3).note}\n`
    for (let cut = 1; cut < Buffer.byteLength(record); cut += 5) {
      await rm(join(dir, 'below'), { recursive: true, force: true })
      const anchor = fileAnchor(path)
      await anchor.submit(head(2))
      await appendFile(path, Buffer.from(record).subarray(0, cut))
      await appendFile(`${path}.leaves`, Buffer.alloc(cut % 32, 2))
      await anchor.submit(head(4))
      const { notes, leaves } = await anchor.read()
      expect(notes[0]).toBe(head(2).note)
      expect(notes.at(-1)).toBe(head(4).note)
      expect(Buffer.from(leaves)).toEqual(leavesOf(4))
    }
  })

  it('says when it is missing, and does not throw', async () => {
    expect(await fileAnchor(path).read()).toMatchObject({ notes: [], missing: true })
  })

  it('throws when it cannot write', async () => {
    await appendFile(join(dir, 'below'), 'a file where the folder should be')
    await expect(fileAnchor(path).submit(head(1))).rejects.toThrow(/EEXIST|ENOTDIR/)
  })

  it('shows what was cut from its end', async () => {
    const anchor = fileAnchor(path)
    await anchor.submit(head(2))
    const { offset } = await anchor.submit(head(3))
    await truncate(path, offset as number)
    expect((await anchor.read()).notes).toEqual([head(2).note])
  })
})

it('file anchors of one name in two folders are told apart', () => {
  expect(fileAnchors(['/a/log', '/b/log', '/b/other']).map(({ name }) => name)).toEqual([
    'file:log',
    'file:log#2',
    'file:other',
  ])
})
