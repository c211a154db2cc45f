import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import vectors from './c2sp-vectors.json' with { type: 'json' }
import {
  formatCheckpoint,
  formatVkey,
  isSplitView,
  openCheckpoint,
  openNote,
  parseCheckpoint,
  parseVkey,
  signerOf,
  signNote,
  type Verifier,
} from './checkpoint.ts'
import { leafHash } from './merkle.ts'

const origin = 'countersign.example/vectors'
const vectorKey = createPrivateKey({
  key: Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    Buffer.from(vectors.seed, 'hex'),
  ]),
  format: 'der',
  type: 'pkcs8',
})
const signer = signerOf(origin, vectorKey)
const other = signerOf(origin, generateKeyPairSync('ed25519').privateKey)
const checkpoint = { origin, size: 13, root: Buffer.from(vectors.roots[12] as string, 'hex') }
const note = signNote(formatCheckpoint(checkpoint), signer)

describe('signed notes', () => {
  it('are byte for byte those of the Go implementation', () => {
    expect(formatVkey(signer)).toBe(vectors.vkey)
    expect(note).toBe(vectors.checkpoint)
  })

  it('verify the example of the C2SP specification', () => {
    const key = parseVkey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k') as Verifier
    const example = `This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n`
    expect(openNote(example, [key])).toMatchObject({ ok: true, text: 'This is an example message.\n' })
    expect(openNote(example.replace('example message', 'example massage'), [key])).toEqual({
      ok: false,
      problem: 'bad-signature',
    })
  })

  it('ignore signatures of strangers, and reject a note that only strangers signed', () => {
    const both = note + signNote(formatCheckpoint(checkpoint), other).split('\n\n')[1]
    expect(openCheckpoint(both, origin, [signer])).toMatchObject({ ok: true, keyId: signer.id })
    expect(openCheckpoint(note, origin, [other])).toEqual({ ok: false, problem: 'unknown-key' })
    expect(openCheckpoint(note, 'countersign.example/another', [signer])).toEqual({
      ok: false,
      problem: 'wrong-origin',
    })
  })

  it('reject every change of a single byte', () => {
    const bytes = Buffer.from(note, 'utf8')
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes)
      changed[i] = (changed[i] as number) ^ 1
      expect(openCheckpoint(changed.toString('utf8'), origin, [signer]).ok, `byte ${i}`).toBe(false)
    }
  })

  it.each([
    ['no newline at the end', note.slice(0, -1)],
    ['no empty line', note.replace('\n\n', '\n')],
    ['no signature', formatCheckpoint(checkpoint)],
    ['a control character', note.replace('13', '1\u00013')],
    ['a carriage return', note.replaceAll('\n', '\r\n')],
    ['17 signatures', note + `${note.split('\n\n')[1]}`.repeat(16)],
  ])('are malformed with %s', (_, text) => {
    expect(openNote(text, [signer])).toEqual({ ok: false, problem: 'malformed' })
  })
})

describe('checkpoints', () => {
  it('are read back as written', () => {
    expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint)
  })

  it.each([
    ['a leading zero', 'o\n013\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n'],
    ['a negative size', 'o\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n'],
    ['a short root', 'o\n1\nAAAA\n'],
    ['an extension line', 'o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n'],
    ['loose base64', 'o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n'],
  ])('are refused with %s', (_, text) => {
    expect(parseCheckpoint(text)).toBeUndefined()
  })

  it('of one size with two roots are a split view', () => {
    expect(isSplitView(checkpoint, { ...checkpoint, root: leafHash(Buffer.from('x')) })).toBe(true)
    expect(isSplitView(checkpoint, { ...checkpoint })).toBe(false)
  })
})

describe('vkeys', () => {
  it.each([
    '',
    'a+b',
    `${vectors.vkey}A`,
    vectors.vkey.replace('+', ''),
    vectors.vkey.replace(/[0-9a-f]{8}/, '00000000'),
  ])('refuse %j', (text) => {
    expect(parseVkey(text)).toBeUndefined()
  })
})
