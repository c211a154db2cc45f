import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import type { Reader } from '#lib/catalog/data.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { listChanges, listRequests } from './changes.ts'
import { listExceptions } from './exceptions.ts'
import type { Cursor, Filter, Line, Question } from './inquiry.ts'
import { listRunning } from './moment.ts'

/** A page of answers to a question, within what somebody may read. */
export function listLines(
  db: Reader,
  question: Question,
  scope: ReadScope,
  filter: Filter,
  page: { before?: Cursor | undefined; limit: number; now: Instant },
): Promise<{ lines: Line[]; next?: Cursor }> {
  switch (question) {
    case 'changes':
      return listChanges(db, scope, filter, page)
    case 'signers':
      return listRequests(db, scope, filter, page)
    case 'exceptions':
      return listExceptions(db, scope, filter, page)
    case 'moment':
      return listRunning(db, scope, filter, page)
  }
}
