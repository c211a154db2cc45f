import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSplitter, type Piece } from './split.ts'

const limits = { itemBytesMax: 2000, depthMax: 20 }

function split(chunks: Uint8Array[], allowed = limits) {
  const splitter = createSplitter(allowed)
  const pieces: Piece[] = chunks.flatMap((chunk) => [...splitter.feed(chunk)])
  return { pieces, atRest: splitter.atRest() }
}
const whole = (text: string) => split([Buffer.from(text)])
const shown = (pieces: Piece[]) =>
  pieces.map((each) => (each.kind === 'unfit' ? each.problem : `${each.kind} ${Buffer.from(each.bytes)}`))

describe('cutting a list', () => {
  it.each([
    [
      'a list on one line',
      '{"metadata":{"a":1},"items":[{"b":[1,{}]},{"c":"}]"}]}',
      ['item {"b":[1,{}]}', 'item {"c":"}]"}', 'frame {"metadata":{"a":1},"items":[]}'],
    ],
    [
      'a list over many lines',
      '{\n "items" : [\n {"b":1} ,\n {"c":2}\n ],\n "metadata":{}\n}\n',
      ['item {"b":1}', 'item {"c":2}', 'frame {\n "items" : [],\n "metadata":{}\n}'],
    ],
    [
      'objects on lines of their own',
      '{"metadata":{"name":"a"}}\n{"metadata":{"name":"b"}}\n',
      ['frame {"metadata":{"name":"a"}}', 'frame {"metadata":{"name":"b"}}'],
    ],
    [
      'several lists, one a line',
      '{"items":[{"a":1}]}\n{"items":[{"b":1}]}',
      ['item {"a":1}', 'frame {"items":[]}', 'item {"b":1}', 'frame {"items":[]}'],
    ],
    ['no items', '{"items":null,"x":[{"y":1}]}', ['frame {"items":null,"x":[{"y":1}]}']],
    [
      'items elsewhere',
      '{"x":{"items":[{"y":1}]},"y":"items","z":[{"a":1}]}',
      ['frame {"x":{"items":[{"y":1}]},"y":"items","z":[{"a":1}]}'],
    ],
    [
      'quotes and backslashes',
      '{"items":[{"a":"\\\\\\"]}"},{"\\\\":"é🚢"}]}',
      ['item {"a":"\\\\\\"]}"}', 'item {"\\\\":"é🚢"}', 'frame {"items":[]}'],
    ],
    [
      'values that are no objects',
      '{"items":[null,{"a":1},7,"x,{y",[1]]}',
      ['not an object', 'item {"a":1}', 'not an object', 'not an object', 'item [1]', 'frame {"items":[]}'],
    ],
  ])('%s', (_, text, expected) => {
    const { pieces, atRest } = whole(text)
    expect([shown(pieces), atRest]).toEqual([expected, true])
  })

  it('gives the same pieces wherever the bytes are cut', () => {
    const bytes = Buffer.from(
      '{"metadata":{"é":"\\"items\\":[{"},"items":[{"a":"🚢\\\\"},null,{"b":{"items":[{}]}}],"z":1}\n{"error":"x"}\n',
    )
    const expected = shown(split([bytes]).pieces)
    expect(expected).toHaveLength(5)
    for (let at = 0; at <= bytes.length; at++) {
      expect(shown(split([bytes.subarray(0, at), bytes.subarray(at)]).pieces)).toEqual(expected)
    }
    expect(shown(split([...bytes].map((byte) => Uint8Array.of(byte))).pieces)).toEqual(expected)
  })

  it('finds every item of any list', () => {
    const list = fc.array(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2, depthSize: 'small' }), { maxKeys: 4 }),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(
        list,
        fc.jsonValue({ maxDepth: 2, depthSize: 'small' }),
        fc.integer({ min: 1, max: 9 }),
        (items, other, size) => {
          const bytes = Buffer.from(JSON.stringify({ other, items }, null, size % 3))
          const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
            bytes.subarray(i * size, (i + 1) * size),
          )
          const { pieces, atRest } = split(chunks, { itemBytesMax: 1 << 20, depthMax: 20 })
          const found = pieces.flatMap((each) =>
            each.kind === 'item' ? [JSON.parse(String(Buffer.from(each.bytes)))] : [],
          )
          expect([found, atRest]).toEqual([items.map((each) => JSON.parse(JSON.stringify(each))), true])
        },
      ),
    )
  })

  it('says when an answer was cut off, wherever that was', () => {
    const text = '{"items":[{"a":1}],"metadata":{}}'
    for (let at = 1; at < text.length; at++) expect(whole(text.slice(0, at)).atRest).toBe(false)
    expect(whole('Not Found').atRest).toBe(false)
    expect(whole('').atRest).toBe(true)
  })

  it('drops an item that is too large or too deep and keeps its neighbours', () => {
    const large = `{"a":"${'x'.repeat(2000)}"}`
    const deep = `${'{"a":'.repeat(20)}1${'}'.repeat(20)}`
    const { pieces } = whole(`{"items":[{"b":1},${large},{"c":1},${deep},{"d":1}]}`)
    expect(shown(pieces)).toEqual([
      'item {"b":1}',
      'larger than 2000 bytes',
      'item {"c":1}',
      'nested deeper than 20 levels',
      'item {"d":1}',
      'frame {"items":[]}',
    ])
  })

  it('holds no more than one item in memory, whatever comes', () => {
    const splitter = createSplitter(limits)
    const open = Buffer.from('{"items":[{"a":"')
    const bomb = Buffer.alloc(1 << 20, '[')
    expect([...splitter.feed(open)]).toEqual([])
    for (let i = 0; i < 20; i++) expect([...splitter.feed(bomb)]).toEqual([])
    expect(shown([...splitter.feed(Buffer.from('"},{"b":1}'))])).toEqual([
      'larger than 2000 bytes',
      'item {"b":1}',
    ])
  })
})
