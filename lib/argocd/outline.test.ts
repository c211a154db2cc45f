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
  over: { rv?: number; generation?: number; at?: string; health?: string; extra?: string } = {},
) =>
  `{"metadata":{"name":"a","namespace":"argocd","uid":"u-1","resourceVersion":"${over.rv ?? 1}","generation":${over.generation ?? 1},"creationTimestamp":"2026-11-23T09:16:03Z"` +
  `,"managedFields":[{"manager":"x","time":"${over.at ?? '2026-11-23T09:16:03Z'}","fieldsV1":{"f:spec":{}}}]},"spec":{"project":"shop"${over.extra ?? ''}},` +
  `"status":{"health":{"status":"${over.health ?? 'Healthy'}"},"reconciledAt":"${over.at ?? '2026-11-23T09:16:03Z'}"}}`
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
    expect(digest(fixed({ health: 'Degraded' }))).not.toBe(before)
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
