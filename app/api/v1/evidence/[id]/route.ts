import { door } from '#lib/access/door.ts'
import { getAnswer } from '#lib/evidence/data.ts'
import { packParamsSchema } from '#lib/evidence/schema.ts'
import { refuse } from '#lib/platform/result.ts'

const words = {
  'no-such-export': 'You asked for no export of this name, or it was a day ago.',
  'no-pack': 'The signer made no pack.',
} as const
type PackRefusal = { code: keyof typeof words; problem?: string }
const none = (code: PackRefusal['code'], problem?: string) =>
  refuse<PackRefusal>({ code, ...(problem && { problem }) })

/** The pack as a file, for whoever asked for it; 202 while the signer has not answered. */
export const GET = door(
  {
    permission: 'export:evidence',
    params: packParamsSchema,
    refusals: { 'no-such-export': 404 },
    explain: ({ code, problem }: PackRefusal) => problem ?? words[code],
  },
  async ({ db, params, viewer }) => {
    const answer = await getAnswer(db, params.id, viewer.personId)
    if (!answer) return none('no-such-export')
    if (answer.state === 'failed') return none('no-pack', answer.problem)
    if (answer.state === 'waiting')
      return Response.json({ state: 'waiting' }, { status: 202, headers: { 'Retry-After': '1' } })
    return new Response(Buffer.from(answer.pack), {
      headers: {
        'Content-Type': 'application/vnd.dsse.envelope.v1+json',
        'Content-Disposition': `attachment; filename="${answer.name}"`,
      },
    })
  },
)
