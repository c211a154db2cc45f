import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lean, outlineOf } from './outline.ts'

const recorded = join(import.meta.dirname, '../../sandbox/recordings/argocd/stream/snapshot-sse.json')
const frames = JSON.parse(readFileSync(recorded, 'utf8')).response.frames as { data: string }[]
const applications = frames
  .flatMap(({ data }) => data.split('\n'))
  .flatMap((line) => /^data: \{"result":\{"type":"\w+","application":(.*)\}\} ?$/.exec(line)?.[1] ?? [])

const fixed = (
  over: {
    rv?: number
    generation?: number
    at?: string
    health?: string
    extra?: string
    before?: string
  } = {},
) =>
  `{"metadata":{"name":"a","namespace":"argocd","uid":"u-1","resourceVersion":"${over.rv ?? 1}","generation":${over.generation ?? 1},"creationTimestamp":"2026-11-23T09:16:03Z"` +
  `,"managedFields":[{"manager":"x","time":"${over.at ?? '2026-11-23T09:16:03Z'}","fieldsV1":{"f:spec":{}}}]},"spec":{"project":"shop"${over.extra ?? ''}},` +
  `"status":{${over.before ?? ''}"health":{"status":"${over.health ?? 'Healthy'}"},"reconciledAt":"${over.at ?? '2026-11-23T09:16:03Z'}"}}`
const digest = (text: string) => outlineOf(lean(text))?.digest

describe('an outline', () => {
  it('names every recorded application, and lean texts say the same but for managedFields', () => {
    expect(readdirSync(join(recorded, '..'))).toContain('snapshot-sse.json')
    expect(applications.length).toBeGreaterThan(3)
    for (const text of applications) {
      const whole = JSON.parse(text)
      const { name, namespace, uid, resourceVersion } = whole.metadata
      expect(outlineOf(lean(text))).toMatchObject({ key: { name, namespace }, uid, resourceVersion })
      delete whole.metadata.managedFields
      expect(JSON.parse(lean(text))).toEqual(whole)
    }
  })

  it('is the same after reconciling alone, and another after anything else', () => {
    const before = digest(fixed())
    expect(before).toBeDefined()
    expect(digest(fixed({ rv: 2, generation: 2, at: '2026-11-23T09:18:03Z' }))).toBe(before)
    expect(digest(fixed({ extra: ',"x":1' }))).not.toBe(before)
  })

  it('has the health of the whole application apart, and of nothing else', () => {
    const outline = (over: Parameters<typeof fixed>[0]) => outlineOf(lean(fixed(over)))
    expect(outline({ health: 'Degraded' })).toMatchObject({
      health: '{"status":"Degraded"}',
      digest: digest(fixed()),
    })
    const of = (health: string) => `"resources":[{"health":{"status":"${health}"},"text":"\\"health\\":{"}],`
    expect(outline({ before: of('Missing') })).toMatchObject({ health: '{"status":"Healthy"}' })
    expect(digest(fixed({ before: of('Missing') }))).not.toBe(digest(fixed({ before: of('Healthy') })))
    const values = (health: string) => `,"source":{"status":{"health":{"status":"${health}"}}}`
    expect(digest(fixed({ extra: values('a') }))).not.toBe(digest(fixed({ extra: values('b') })))
  })

  it.each([
    ['twice', fixed({ before: '"health":{"status":"Missing"},' })],
    ['as no object', fixed().replace('"health":{"status":"Healthy"}', '"health":"Healthy"')],
    ['under a status that comes twice', fixed().replace(/\}$/, ',"status":{"sync":{}}}')],
  ])('counts every word where health stands %s', (_, text) => {
    expect(outlineOf(text)).toMatchObject({ health: '' })
    expect(digest(text)).not.toBe(digest(text.replace('Healthy', 'Unknown')))
  })

  it('says of every recorded application what parsing says', () => {
    for (const text of applications) {
      const { health } = outlineOf(lean(text)) ?? {}
      expect(JSON.parse(health || 'null')).toEqual(JSON.parse(text).status.health ?? null)
    }
  })

  it('counts every word when the moment is not where it should be, once, and whole', () => {
    const twice = (at: string) => digest(fixed({ extra: `,"x":{"reconciledAt":"${at}"}` }))
    expect(twice('2026-11-23T09:16:03Z')).not.toBe(twice('2026-11-23T09:16:04Z'))
    expect(digest(fixed({ at: '2026-11-23' }))).not.toBe(digest(fixed({ at: '2026-11-24' })))
  })

  it('is none of a text that is not as Kubernetes writes it', () => {
    const texts = [
      '{}',
      '[]',
      '{"spec":{},"metadata":{"name":"a"}}',
      fixed().replace('"uid"', '"other"'),
      `x${fixed()}`,
    ]
    for (const text of texts) expect(outlineOf(text)).toBeNull()
    expect(lean('{"a":"managedFields"}')).toBe('{"a":"managedFields"}')
  })
})
