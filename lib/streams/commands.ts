import 'server-only'
import type { Db } from '#lib/platform/db.ts'

// The cursor is no state of the product and no evidence: it is kept without an entry, else each batch would make one.

/** So long a worker may hold the stream without a word: longer than handing over and reading back may take. */
const leaseSeconds = 30

/** Takes the stream for this worker and tells where it goes on; undefined while another holds it. */
export async function leaseStream(db: Db, sink: string, worker: string): Promise<number | undefined> {
  await db.$executeRaw`
    INSERT INTO audit.stream (sink) SELECT ${sink} WHERE NOT EXISTS (SELECT FROM audit.stream WHERE sink = ${sink})
    ON CONFLICT DO NOTHING`
  const [row] = await db.$queryRaw<{ next: bigint }[]>`
    UPDATE audit.stream SET holder = ${worker}, held_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    WHERE sink = ${sink} AND (holder IS NULL OR holder = ${worker} OR held_until < clock_timestamp())
    RETURNING next`
  return row && Number(row.next)
}

/** The sink holds everything up to `to` (exclusive). False when another worker took over meanwhile. */
export async function acknowledge(
  db: Db,
  { sink, worker, from, to }: { sink: string; worker: string; from: number; to: number },
): Promise<boolean> {
  const moved = await db.$executeRaw`
    UPDATE audit.stream SET next = ${BigInt(to)}, acknowledged_at = clock_timestamp(), failing_since = NULL, message = NULL,
      held_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    WHERE sink = ${sink} AND holder = ${worker} AND next = ${BigInt(from)}`
  return moved === 1
}

/** Keeps since when and why the sink does not take what it is handed. */
export async function tellFailure(db: Db, sink: string, worker: string, message: string): Promise<void> {
  await db.$executeRaw`
    UPDATE audit.stream SET failing_since = coalesce(failing_since, clock_timestamp()), message = ${message.slice(0, 500)}
    WHERE sink = ${sink} AND holder = ${worker}`
}

/** Lets another worker go on at once. */
export async function releaseStream(db: Db, sink: string, worker: string): Promise<void> {
  await db.$executeRaw`
    UPDATE audit.stream SET holder = NULL, held_until = NULL WHERE sink = ${sink} AND holder = ${worker}`
}
