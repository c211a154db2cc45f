import 'server-only'
import { notFound } from 'next/navigation'
import type { Refusal } from '#lib/access/loaders.ts'
import { can, readScope } from '#lib/access/policy.ts'
import { whyNoExport } from '#lib/evidence/evidence.ts'
import { auditReader, recordAuditReading } from '#lib/inquiries/loaders.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import { type AttributedItem, readAttributes } from './attributes.ts'
import { getSample, listItems, listSamples, markOf } from './data.ts'
import { explainSample, maySignOff, mayWrite, paperDigest, type Sample } from './sample.ts'
import { sampleParamsSchema, samplesQuerySchema } from './schema.ts'

type Forbidden = { kind: 'forbidden' } & Refusal
type Search = Record<string, string | string[] | undefined>

export type SamplesView = {
  kind: 'samples'
  samples: Sample[]
  before: string | undefined
  next: string | undefined
  environments: string[]
  /** Why the viewer cannot draw; undefined when they can. */
  refusal: string | undefined
  now: Instant
}

/** Samples that were drawn, newest first, and the form that draws another. */
export async function loadSamples(search: Search): Promise<SamplesView | Forbidden> {
  const viewer = await auditReader()
  if ('kind' in viewer) return viewer
  const { before } = samplesQuerySchema.parse({ before: [search.before].flat()[0] })
  await recordAuditReading(viewer, { page: 'audit-samples', ...(before && { before }) })
  const { samples, next } = await listSamples(getDb(), readScope(viewer, 'read:log'), { before })
  return {
    ...{ kind: 'samples', samples, before, next, now: clock.now() },
    environments: getConfig().catalog.environments.flatMap((each) => (each.protected ? [each.name] : [])),
    refusal: can(viewer, 'sample') ? undefined : explainSample({ code: 'may-not-sample' }),
  }
}

export type SampleView = {
  kind: 'sample'
  sample: Sample
  items: AttributedItem[]
  /** The digest of the working paper as it stands. */
  paper: string
  /** Whether the same population is found today. */
  again: 'same' | 'differs'
  writing: string | undefined
  signing: string | undefined
  exportRefusal: string | undefined
  now: Instant
}

/** One sample with its items and what is known of each; 404 where there is none that the viewer may read. */
export async function loadSample(id: string): Promise<SampleView | Forbidden> {
  const viewer = await auditReader()
  if ('kind' in viewer) return viewer
  const db = getDb()
  const known = sampleParamsSchema.safeParse({ id })
  const sample = known.success ? await getSample(db, readScope(viewer, 'read:log'), id) : null
  if (!sample) notFound()
  await recordAuditReading(viewer, { page: 'audit-sample', sample: id })
  const items = await listItems(db, id)
  const why = (may: ReturnType<typeof mayWrite>) => (may.ok ? undefined : explainSample(may.refusal))
  const mark = await markOf(db, sample, sample.at)
  return {
    ...{ kind: 'sample', sample, items: await readAttributes(db, items), now: clock.now() },
    paper: paperDigest(sample, items),
    again: mark.digest === sample.digest ? 'same' : 'differs',
    writing: why(mayWrite(sample, viewer)),
    signing: why(maySignOff(sample, viewer)),
    exportRefusal: whyNoExport(viewer),
  }
}
