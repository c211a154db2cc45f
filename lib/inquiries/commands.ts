import 'server-only'
import type { Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import { sha256 } from '#lib/manifests/digest.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { personActor } from '#lib/releases/commands.ts'
import type { Question } from './inquiry.ts'

/** That answers were taken away, and the digest of the file. */
export function recordInquiryExport(
  db: Db,
  told: {
    by: Viewer
    question: Question
    format: string
    filter: Record<string, string>
    rows: number
    cut: boolean
    text: string
    request: string
  },
): Promise<string> {
  const { by, question, format, filter, rows, cut, text, request } = told
  return inTransaction(db, (tx) =>
    record(tx, {
      type: 'inquiry.exported',
      actor: personActor(by),
      subject: {},
      request,
      data: { question, format, filter, rows, ...(cut && { cut: true as const }), file: sha256(text) },
    }),
  )
}
