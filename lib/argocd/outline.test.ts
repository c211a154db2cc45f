import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { apartOf, lean, outlineOf } from './outline.ts'

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
const apart = (text: string) => {
  const outline = outlineOf(lean(text))
  return outline && apartOf(outline)
}

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
    expect(digest(fixed({ health: 'Degraded' }))).not.toBe(before)
  })

  it('has the health of the whole application apart, and of nothing else', () => {
    const before = apart(fixed())
    expect(before?.health).toBe('{"status":"Healthy"}')
    expect(apart(fixed({ health: 'Degraded' }))).toEqual({ ...before, health: '{"status":"Degraded"}' })
    const of = (health: string) =>
      fixed({ before: `"resources":[{"health":{"status":"${health}"},"text":"\\"health\\":{"}],` })
    expect(apart(of('Missing'))?.health).toBe('{"status":"Healthy"}')
    expect(apart(of('Missing'))?.digest).not.toBe(apart(of('Healthy'))?.digest)
    const values = (health: string) =>
      fixed({ extra: `,"source":{"status":{"health":{"status":"${health}"}}}` })
    expect(apart(values('a'))?.digest).not.toBe(apart(values('b'))?.digest)
  })

  it.each([
    ['twice', fixed({ before: '"health":{"status":"Missing"},' })],
    ['as no object', fixed().replace('"health":{"status":"Healthy"}', '"health":"Healthy"')],
    ['under a status that comes twice', fixed().replace(/\}$/, ',"status":{"sync":{}}}')],
  ])('has nothing apart where health stands %s', (_, text) => {
    expect(apart(text)).toBeNull()
  })

  it('says of every recorded application what parsing says', () => {
    for (const text of applications)
      expect(JSON.parse(apart(text)?.health ?? 'null')).toEqual(JSON.parse(text).status.health ?? null)
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
