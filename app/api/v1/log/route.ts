import { door } from '#lib/access/door.ts'
import { readScope } from '#lib/access/policy.ts'
import { readLogLines } from '#lib/audit/export.ts'
import { recordLogExport } from '#lib/evidence/commands.ts'
import { type ExportRefusal, explainExport } from '#lib/evidence/evidence.ts'
import { refuse } from '#lib/platform/result.ts'

/**
 * The whole log as JSON lines, exactly as it was sealed, for the verifier. Only for who may export everything: a chain
 * cannot be checked in parts. Logged.
 */
export const GET = door(
  {
    permission: 'export:evidence',
    refusals: { 'not-allowed-to-export': 403 },
    explain: (refusal: ExportRefusal) => explainExport(refusal),
  },
  async ({ db, viewer, requestId }) => {
    if (readScope(viewer, 'export:evidence') !== 'all')
      return refuse({ code: 'not-allowed-to-export' as const })
    const { size, lines } = await readLogLines(db, (entries, chain) =>
      recordLogExport(db, viewer, { entries, chain }, requestId),
    )
    // Pulled: the next part is read when the browser has taken the last, so a slow one costs no memory.
    const bytes = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await lines.next()
          if (done) controller.close()
          else controller.enqueue(value)
        },
        cancel: async () => void (await lines.return(undefined)),
      },
      { highWaterMark: 0 },
    )
    return new Response(bytes, {
      headers: {
        'Content-Type': 'application/jsonl; charset=utf-8',
        'Content-Disposition': `attachment; filename="countersign-log-${size}.jsonl"`,
      },
    })
  },
)
