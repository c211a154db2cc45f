import 'server-only'
import { inScope } from '#lib/catalog/data.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { Kind } from './search.ts'
import { type Ask, findings, type Scope } from './statement.ts'

const { sql } = Prisma

/**
 * What is shown of each kind beside its name, and the last word on who may see it: rights are read from the application
 * itself, the copies that were searched only say where to look.
 */
const shown = {
  service: (scope) => sql`SELECT f.*, a.team AS one, NULL AS two, NULL AS three, NULL AS four FROM found f
    CROSS JOIN LATERAL (SELECT a.team FROM catalog.application a
      WHERE a.service = f.id AND a.gone_at IS NULL AND ${inScope(scope)} LIMIT 1) a`,
  application: (
    scope,
  ) => sql`SELECT f.*, a.project AS one, a.instance AS two, NULL AS three, NULL AS four FROM found f
    JOIN catalog.application a ON a.id = f.id AND a.gone_at IS NULL AND ${inScope(scope)}`,
  release: (
    scope,
  ) => sql`SELECT f.*, coalesce(a.service, a.name) || coalesce(' to ' || a.environment, '') AS one, r.state AS two,
      r.ticket AS three, r.reason AS four FROM found f
    JOIN rel.release r ON r.id = f.id JOIN catalog.application a ON a.id = r.application_id AND ${inScope(scope)}`,
  commit: (
    scope,
  ) => sql`SELECT f.*, c.author AS one, a.name AS two, f.application_id AS three, NULL AS four FROM found f
    JOIN catalog.application a ON a.id = f.application_id AND ${inScope(scope)}
    JOIN catalog.commit c ON c.sha = f.id AND c.project = f.project`,
  image: (scope) =>
    sql`SELECT a.*, a.project AS one, NULL AS two, NULL AS three, NULL AS four FROM found a WHERE ${inScope(scope)}`,
  // Somebody is found by the newest release they asked for or decided on, if the viewer may read one.
  person: (scope) => sql`SELECT f.*, newest.id AS one, NULL AS two, NULL AS three, NULL AS four FROM found f
    CROSS JOIN LATERAL (
      (SELECT r.id FROM rel.release r JOIN catalog.application a ON a.id = r.application_id
       WHERE r.requester_person = f.id AND ${inScope(scope)} ORDER BY r.id DESC LIMIT 1)
      UNION ALL
      (SELECT d.release_id FROM rel.decision d JOIN rel.release r ON r.id = d.release_id
         JOIN catalog.application a ON a.id = r.application_id
       WHERE d.person_id = f.id AND ${inScope(scope)} ORDER BY d.release_id DESC LIMIT 1)
      ORDER BY 1 DESC LIMIT 1) newest`,
} satisfies Record<Kind, (scope: Scope) => Prisma.Sql>

/** The one statement of a kind: what was found, as it is shown, the best first, one more than asked for. */
export function statementOf(kind: Kind, ask: Ask): Prisma.Sql | undefined {
  const found = findings(kind, ask)
  return (
    found &&
    sql`WITH ${found}, shown AS (${shown[kind](ask.scope)})
    SELECT id, label, tier, sort, cut, one, two, three, four FROM shown ORDER BY sort LIMIT ${ask.limit + 1}`
  )
}
