import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Tone } from './tones.ts'

type Triple = readonly [number, number, number]
const css = readFileSync(new URL('../../app/globals.css', import.meta.url), 'utf8')

const number = String.raw`([\d.]+)`
const oklch = String.raw`oklch\(${number} ${number} ${number}\)`
const tokens = new Map(
  [...css.matchAll(new RegExp(String.raw`--([a-z-]+): light-dark\(${oklch}, ${oklch}\);`, 'g'))].map((m) => {
    const [l1, c1, h1, l2, c2, h2] = m.slice(2).map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    return [m[1] as string, { light: [l1, c1, h1] as Triple, dark: [l2, c2, h2] as Triple }]
  }),
)

const apply = (rows: readonly Triple[], [a, b, c]: Triple) =>
  rows.map(([x, y, z]) => x * a + y * b + z * c) as unknown as Triple
const cube = (t: Triple) => t.map((v) => v ** 3) as unknown as Triple
const lmsToLinear: Triple[] = [
  [4.0767416621, -3.3077115913, 0.2309699292],
  [-1.2684380046, 2.6097574011, -0.3413193965],
  [-0.0041960863, -0.7034186147, 1.707614701],
]
const linearToLms: Triple[] = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
]
const labToLms: Triple[] = [
  [1, 0.3963377774, 0.2158037573],
  [1, -0.1055613458, -0.0638541728],
  [1, -0.0894841775, -1.291485548],
]
const lmsToLab: Triple[] = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
]
/** Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB. */
const deficiencies: Record<string, Triple[]> = {
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

const linear = ([l, c, h]: Triple): Triple => {
  const angle = (h * Math.PI) / 180
  return apply(lmsToLinear, cube(apply(labToLms, [l, c * Math.cos(angle), c * Math.sin(angle)])))
}
const lab = (rgb: Triple) =>
  apply(lmsToLab, apply(linearToLms, rgb).map((v) => Math.cbrt(Math.max(v, 0))) as unknown as Triple)
const luminance = ([r, g, b]: Triple) => 0.2126 * r + 0.7152 * g + 0.0722 * b
const contrast = (a: Triple, b: Triple) => {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number]
  return (x + 0.05) / (y + 0.05)
}
const distance = (a: Triple, b: Triple) => Math.hypot(...lab(a).map((v, i) => v - (lab(b)[i] ?? 0))) * 100

const tones = Object.keys({
  positive: 0,
  active: 0,
  attention: 0,
  negative: 0,
  paused: 0,
  neutral: 0,
} satisfies Record<Tone, 0>)
const pairs = tones.flatMap((a, i) => tones.slice(i + 1).map((b) => [a, b] as const))

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const of = (name: string) => {
    const token = tokens.get(name)
    if (!token) throw new Error(`no token --${name} in globals.css`)
    return linear(token[theme])
  }
  const worst = (ink: string, grounds: string[]) =>
    Math.min(...grounds.map((ground) => contrast(of(ink), of(ground))))
  const grounds = ['canvas', 'surface', 'sunken']

  test.each([...tokens.keys()])('%s can be shown by an sRGB screen', (name) => {
    for (const channel of of(name)) {
      expect(channel).toBeGreaterThan(-0.002)
      expect(channel).toBeLessThan(1.002)
    }
  })
  test.each(tones)('%s is readable as text, on its own soft ground too', (tone) => {
    expect(worst(tone, ['canvas', 'surface', `${tone}-soft`])).toBeGreaterThanOrEqual(4.5)
  })
  test.each([
    ['ink', 7],
    ['ink-muted', 4.5],
    ['ink-faint', 4.5],
    ['line-strong', 2.95],
    ['focus', 3],
    ['accent', 4.5],
  ] as const)('%s stands out by %d on every ground', (ink, least) => {
    expect(worst(ink, grounds)).toBeGreaterThanOrEqual(least)
  })
  test('the label of a primary button is readable', () => {
    expect(contrast(of('on-accent'), of('accent'))).toBeGreaterThanOrEqual(7)
  })
  test('good and bad stay apart without red or green', () => {
    for (const matrix of Object.values(deficiencies)) {
      expect(distance(apply(matrix, of('positive')), apply(matrix, of('negative')))).toBeGreaterThan(10)
    }
  })
  test.each(pairs)('%s and %s stay apart in every deficiency', (a, b) => {
    for (const matrix of Object.values(deficiencies)) {
      expect(distance(apply(matrix, of(a)), apply(matrix, of(b)))).toBeGreaterThan(6)
    }
  })
})
