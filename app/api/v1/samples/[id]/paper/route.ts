import { door } from '#lib/access/door.ts'
import { readScope } from '#lib/access/policy.ts'
import { refuse } from '#lib/platform/result.ts'
import { readAttributes } from '#lib/samples/attributes.ts'
import { recordPaper } from '#lib/samples/commands.ts'
import { getSample, idsOf, listItems } from '#lib/samples/data.ts'
import { explainSample, paperDigest, paperOf, type SampleRefusal } from '#lib/samples/sample.ts'
import { sampleParamsSchema } from '#lib/samples/schema.ts'

/**
 * The working paper as JSON: what was signed, its digest, the whole population to draw from again, and what was known
 * of each item. Logged.
 */
export const GET = door(
  {
    permission: 'export:evidence',
    params: sampleParamsSchema,
    refusals: { 'no-such-sample': 404 },
    explain: (refusal: SampleRefusal) => explainSample(refusal),
  },
  async ({ db, params: { id }, viewer, requestId }) => {
    const sample = await getSample(db, readScope(viewer, 'export:evidence'), id)
    if (!sample) return refuse({ code: 'no-such-sample' as const })
    const items = await listItems(db, id)
    const ids = await idsOf(db, sample, sample.at)
    const known = await readAttributes(db, items)
    const paper = {
      signed: paperOf(sample, items),
      sha256: paperDigest(sample, items),
      signOff: sample.signedOff,
      population: ids,
      items: known.map(({ n, item, about, notes, attributes, entries }) => ({
        ...{ n, item, about, notes, attributes, entries },
      })),
    }
    const text = `${JSON.stringify(paper, null, 1)}\n`
    await recordPaper(db, { by: viewer, sample: id, text, request: requestId })
    return new Response(text, {
      headers: {
        'Content-Type': 'application/json',
        'Content-Disposition': `attachment; filename="${id}.working-paper.json"`,
      },
    })
  },
)
