import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { formatCheckpoint, signerOf, signNote } from '#lib/audit/checkpoint.ts'
import { sealEnvelope } from './envelope.ts'
import { makeStatement } from './make.ts'
import { bookOf, materialOf, packOf } from './testing.ts'
import { verifyPack } from './verify-pack.ts'

const seed = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)])
const signer = signerOf(
  'countersign.example/packs',
  createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' }),
)
const book = bookOf(signer, 6)
const material = (release = 'rel_3') => materialOf(book, release)
const check = (text: string, keys = [signer], anchors: Parameters<typeof verifyPack>[1]['anchors'] = []) =>
  verifyPack(text, { file: 'pack', keys, anchors })
const anchorOf = (...notes: string[]) => ({
  ...{ name: 'file:a', place: 'a', notes, leaves: Buffer.concat(book.leaves) },
  ...{ strayBytes: 0, missing: false },
})

describe('a genuine pack', () => {
  it('of a release is whole, complete, and says what it does not prove', () => {
    const report = check(packOf(material(), signer))
    expect(report).toMatchObject({ verdict: 'whole', exitCode: 0, missing: [], findings: [] })
    expect(report.about).toBe('release rel_3, 10 entries of countersign.example/packs')
    expect(report.proved).toHaveLength(4)
    expect(report.notProved.join()).toContain('no receipt covers it')
  })

  it('of a period is whole, too', () => {
    expect(check(packOf(materialOf(book), signer))).toMatchObject({ verdict: 'whole', missing: [] })
  })

  it('is proved further by an anchor that holds the same head, or a later one', () => {
    const same = check(packOf(material(), signer), [signer], [anchorOf(book.note)])
    expect(same.proved.at(-1)).toContain('Anchor file:a, which you gave, holds the same log')
    const later = bookOf(signer, 7)
    const grown = { ...anchorOf(later.note), leaves: Buffer.concat(later.leaves) }
    expect(check(packOf(material(), signer), [signer], [grown]).proved.at(-1)).toContain('holds the same log')
    expect(check(packOf(material(), signer), [signer], [anchorOf()]).notProved[0]).toContain(
      'no genuine checkpoint',
    )
  })
})

describe('what is missing is told, never left out:', () => {
  it.each<[string, (all: ReturnType<typeof material>) => ReturnType<typeof material>, RegExp]>([
    [
      'the plan',
      (all) => ({ ...all, documents: all.documents.filter(({ kind }) => kind !== 'plan') }),
      /plan .* itself is not here/,
    ],
    [
      'the difference',
      (all) => ({ ...all, documents: all.documents.filter(({ kind }) => kind !== 'diff') }),
      /What people saw/,
    ],
    [
      'the policy',
      (all) => ({ ...all, documents: all.documents.filter(({ kind }) => kind !== 'policy') }),
      /policy that was in force/,
    ],
    [
      'an approval',
      (all) => ({
        ...all,
        entries: all.entries.filter(({ text }) => !text.includes('per_marta') || text.includes('approved')),
      }),
      /1 of 2 approvals/,
    ],
    ['the receipt of the intent', (all) => ({ ...all, receipts: [] }), /No receipt of an anchor/],
    [
      'what Argo CD answered',
      (all) => ({ ...all, entries: all.entries.filter(({ text }) => !text.includes('"argocd"')) }),
      /what Argo CD answered/,
    ],
  ])('%s', (_, without, says) => {
    const report = check(packOf(without(material()), signer))
    expect(report.verdict).toBe('whole')
    expect(report.missing.join()).toMatch(says)
  })

  it('but nothing is missing that a release which still waits has not reached', () => {
    const waiting = bookOf(signer, 2, 'release.requested')
    const report = check(packOf(materialOf(waiting, 'rel_2'), signer))
    expect(report.missing).toEqual([])
  })
})

describe('refused is', () => {
  const stranger = signerOf(signer.name, generateKeyPairSync('ed25519').privateKey)

  it('a pack by a stranger, also under our name', () => {
    expect(check(packOf(material(), stranger))).toMatchObject({ verdict: 'unknown', exitCode: 5, proved: [] })
    expect(check(packOf(material(), signer), [])).toMatchObject({ exitCode: 5 })
    const posing = packOf(material(), stranger).replace(
      /"keyid":"[^"]+"/,
      `"keyid":"${signer.name}+${signer.id}"`,
    )
    expect(check(posing)).toMatchObject({ verdict: 'tampered', exitCode: 2 })
  })

  // Not even whoever holds the key can prove what is not so: these are all signed.
  const lies: [string, () => string][] = [
    [
      'an entry that is not in the log',
      () =>
        makeStatement({
          ...material(),
          entries: material().entries.map((entry, i) =>
            i === 4 ? { ...entry, text: entry.text.replace('per_marta', 'per_jonas') } : entry,
          ),
        }),
    ],
    ['an entry at another place', () => makeStatement(material()).replace('index 26\\n', 'index 27\\n')],
    [
      'an entry of another release',
      () => makeStatement({ ...material(), entries: [...material().entries, ...material('rel_4').entries] }),
    ],
    [
      'an entry twice',
      () => makeStatement({ ...material(), entries: [...material().entries, ...material().entries] }),
    ],
    [
      'another plan under its digest',
      () => makeStatement(material()).replace('\\"name\\":\\"checkout-prod', '\\"name\\":\\"checkout-dev'),
    ],
    ['another subject', () => makeStatement(material()).replace('shop/checkout-prod', 'shop/checkout-dev')],
    ['a document that no entry names', () => makeStatement({ ...material(), documents: book.documents })],
    [
      'a red row painted green',
      () => makeStatement({ ...material(), receipts: [] }).replace(/"state":"missing"/, '"state":"there"'),
    ],
    [
      'a release left off the list',
      () => makeStatement(material()).replace(/"releases":\[.*\]\}\}$/, '"releases":[]}}'),
    ],
    [
      'a head of another history',
      () => {
        const root = Buffer.alloc(32, 1)
        return makeStatement({
          ...material(),
          root,
          checkpoint: signNote(
            formatCheckpoint({ origin: signer.name, size: book.leaves.length, root }),
            signer,
          ),
        })
      },
    ],
    [
      'a head that a stranger signed',
      () => {
        const other = bookOf(stranger, 6)
        return makeStatement({ ...material(), checkpoint: other.note })
      },
    ],
  ]
  it.each(lies)('%s', (_, statement) => {
    expect(check(sealEnvelope(statement(), signer)).exitCode).not.toBe(0)
  })

  it('a pack whose anchor holds another history of the same length', () => {
    const split = signNote(
      formatCheckpoint({ origin: signer.name, size: book.leaves.length, root: Buffer.alloc(32, 1) }),
      signer,
    )
    const report = check(packOf(material(), signer), [signer], [anchorOf(split)])
    expect(report).toMatchObject({ verdict: 'tampered' })
    expect(report.findings[0]?.sentence).toContain('Two different histories of 66 entries')
  })
})
