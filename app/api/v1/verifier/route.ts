import { door } from '#lib/access/door.ts'
import { verifierProgram } from '#lib/evidence/program.ts'

/** The verifier as one program for Node 20.12 or later: what checks a pack, an exported log or a checkpoint offline. */
export const GET = door(
  {},
  async () =>
    new Response(verifierProgram(), {
      headers: {
        'Content-Type': 'text/javascript; charset=utf-8',
        'Content-Disposition': 'attachment; filename="countersign-verify.mjs"',
      },
    }),
)
