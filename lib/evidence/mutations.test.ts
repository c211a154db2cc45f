import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { signerOf } from '#lib/audit/checkpoint.ts'
import { sealEnvelope } from './envelope.ts'
import { bookOf, materialOf, packOf } from './testing.ts'
import { verifyPack } from './verify-pack.ts'

/** COUNTERSIGN_MUTATIONS=20000 for the long run. */
const mutations = Number(process.env.COUNTERSIGN_MUTATIONS ?? 2_000)

const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 5)])
const signer = signerOf(
  'countersign.example/mutations',
  createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
)
const stranger = signerOf(signer.name, generateKeyPairSync('ed25519').privateKey)

/** The same numbers in every run. */
function numbers(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return state % below
  }
}

const book = bookOf(signer, 19)
const packs = [
  packOf(materialOf(book), signer),
  ...Array.from({ length: 19 }, (_, i) => packOf(materialOf(book, `rel_${i + 1}`), signer)),
]
const check = (pack: string) => verifyPack(pack, { file: 'pack', keys: [signer], anchors: [] })
const payloadOf = (pack: string) =>
  Buffer.from((JSON.parse(pack) as { payload: string }).payload, 'base64').toString('utf8')
const withPayload = (pack: string, payload: string) =>
  pack.replace(/"payload":"[^"]*"/, () => `"payload":"${Buffer.from(payload).toString('base64')}"`)

/** One bit of the file. */
function flipBit(pack: string, pick: (below: number) => number): string {
  const bytes = Buffer.from(pack, 'latin1')
  const at = pick(bytes.length)
  bytes[at] = (bytes[at] as number) ^ (1 << pick(8))
  return bytes.toString('latin1')
}

/** One field of the envelope or of what it holds: changed, removed, or written twice. */
function changeField(pack: string, pick: (below: number) => number, inside = pick(3) > 0): string {
  const text = inside ? payloadOf(pack) : pack
  const fields = [...text.matchAll(/"(\w+)":("(?:[^"\\]|\\.)*"|\d+|\[\])/g)]
  const field = fields[pick(fields.length)] as RegExpExecArray
  const [whole, name, value] = field as unknown as [string, string, string]
  const instead = [
    `"${name}":"x${value.replaceAll(/["\\]/g, '')}"`,
    `"${name}x":${value}`,
    `${whole},${whole}`,
  ][pick(3)]
  const changed = text.slice(0, field.index) + instead + text.slice(field.index + whole.length)
  return inside ? withPayload(pack, changed) : changed
}

/** One line of a proof or of the checkpoint: left out, twice, or swapped with the next. */
function changeLine(pack: string, pick: (below: number) => number): string {
  const lines = payloadOf(pack).split('\\n')
  const at = pick(lines.length - 1)
  const [here, next] = [lines[at] as string, lines[at + 1] as string]
  const changed = [lines.toSpliced(at, 1), lines.toSpliced(at, 0, here), lines.toSpliced(at, 2, next, here)][
    pick(3)
  ]
  return withPayload(pack, (changed as string[]).join('\\n'))
}

/** The same, signed anew by somebody who uses our name. */
function forge(pack: string, pick: (below: number) => number): string {
  const changed = payloadOf(changeField(pack, pick, true))
  return sealEnvelope(changed, stranger).replace(/"keyid":"[^"]*"/, `"keyid":"${signer.name}+${signer.id}"`)
}

it('accepts the originals', () => {
  expect(packs.map((pack) => check(pack).exitCode)).toEqual(packs.map(() => 0))
})

it(`rejects each of ${mutations} changes of a bit, a field or a line, and forgeries under our name`, () => {
  const pick = numbers(20_261_124)
  const accepted: string[] = []
  let tried = 0
  while (tried < mutations) {
    const pack = packs[pick(packs.length)] as string
    const change = [flipBit, changeField, changeLine, forge][tried % 4] as typeof flipBit
    const changed = change(pack, pick)
    if (changed === pack) continue
    tried += 1
    if (check(changed).exitCode === 0) accepted.push(`${change.name} ${tried}`)
  }
  expect(accepted).toEqual([])
})
