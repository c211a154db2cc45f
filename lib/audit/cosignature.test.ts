import { createPrivateKey } from 'node:crypto'
import { expect, it } from 'vitest'
import { formatVkey, signerOf } from './checkpoint.ts'
import { cosign, cosignerOf, formatCosignerVkey, openCosignature, parseCosignerVkey } from './cosignature.ts'
import { formatAddCheckpoint, parseAddCheckpoint } from './witness.ts'

// Made by a Go program with crypto/ed25519 alone, of the seed 00 01 … 1f and the text of the specification's example.
const seed = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
const name = 'witness.example.com/w1'
const text = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'
const vkey = 'witness.example.com/w1+a0059f11+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4'
const line =
  '— witness.example.com/w1 oAWfEQAAAABkGFDLBuRDazBLVac2NE+Y+IjbjQOcXLfF9CSDZVUIoS83rE1nFZsVE8YiWV6Ngr7lV8H6bdoBQGP/l73euDMQ9k+bBQ==\n'
const cosigner = parseCosignerVkey(vkey) ?? expect.unreachable('no vkey')

it('signs as Go does, byte by byte', () => {
  const signer = cosignerOf(name, privateKey)
  expect(formatCosignerVkey(signer)).toBe(vkey)
  expect(cosign(text, 1_679_315_147, signer)).toBe(line)
})

it('opens what Go signed, also among the lines of others', () => {
  const opened = { line, timeS: 1_679_315_147 }
  expect(openCosignature(text, line, cosigner)).toEqual(opened)
  expect(openCosignature(text, `— somebody.else AAAAAAAA\n${line}`, cosigner)).toEqual(opened)
  expect(openCosignature(text, '— somebody.else AAAAAAAA\n', cosigner)).toBeUndefined()
})

it('no bit of the time or the signature can be changed, nor of the text', () => {
  const blob = Buffer.from(line.split(' ')[2] ?? '', 'base64')
  for (let bit = 0; bit < blob.length * 8; bit++) {
    const changed = Buffer.from(blob)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(openCosignature(text, `— ${name} ${changed.toString('base64')}\n`, cosigner)).toBeUndefined()
  }
  expect(openCosignature(text.replace('20852163', '20852164'), line, cosigner)).toBeUndefined()
  expect(
    openCosignature(
      text,
      `${line}— ${name} ${Buffer.alloc(76, blob.subarray(0, 4)).toString('base64')}\n`,
      cosigner,
    ),
  ).toBeUndefined()
})

it('a key of a log is none of a witness', () => {
  expect(parseCosignerVkey(formatVkey(signerOf(name, privateKey)))).toBeUndefined()
  expect(parseCosignerVkey(vkey.replace('w1', 'w2'))).toBeUndefined()
})

it('writes and reads the request of the specification', () => {
  const note = `${text}\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n`
  const body = `old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\n${note}`
  const request = parseAddCheckpoint(body) ?? expect.unreachable('no request')
  expect(request).toMatchObject({ oldSize: 20_852_014, note })
  expect(request.proof).toHaveLength(2)
  expect(formatAddCheckpoint(request)).toBe(body)
})
