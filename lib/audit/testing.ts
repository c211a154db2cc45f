import pg from 'pg'
import { clock } from '#lib/platform/clock.ts'
import { newId } from '#lib/platform/ids.ts'
import { canonicalBytes } from './canonical.ts'
import { type NewEvent, parseEvent } from './event.ts'

/** A connection for a test; end it in `afterAll`. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return client
}

export const approval = (release = 'rel_1'): NewEvent => ({
  type: 'release.decided',
  actor: { kind: 'person', person: 'per_anna', account: 'usr_anna' },
  subject: { release, application: 'app_1', service: 'checkout', environment: 'prod' },
  data: { decision: 'approve', plan: 'a'.repeat(64) },
})

export const signOut = (person = 'per_anna'): NewEvent => ({
  type: 'sign-out',
  actor: { kind: 'person', person },
  subject: {},
  data: {},
})

/** The id and the bytes as `record` would write them. */
export function entryOf(input: NewEvent): { id: string; entry: Buffer } {
  const id = newId('event')
  return { id, entry: Buffer.from(canonicalBytes(parseEvent({ v: 1, id, at: clock.now(), ...input }))) }
}

const insert = 'INSERT INTO audit.event (id, entry) SELECT * FROM unnest($1::text[], $2::bytea[])'

/** Writes events with plain SQL, all in one transaction of their own; returns their ids in order. */
export async function writeEvents(client: pg.Client, events: readonly NewEvent[]): Promise<string[]> {
  const rows = events.map(entryOf)
  await client.query(insert, [rows.map(({ id }) => id), rows.map(({ entry }) => entry)])
  return rows.map(({ id }) => id)
}

export const manyEvents = (count: number): NewEvent[] =>
  Array.from({ length: count }, (_, i) => (i % 3 === 0 ? approval(`rel_${i}`) : signOut(`per_${i}`)))

const tables = ['event', 'log', 'checkpoint', 'receipt', 'origin']

/** What a superuser can do behind our back: no trigger, no foreign key, no check stands in the way. */
export async function disarm(superuser: pg.Client): Promise<void> {
  for (const table of tables) await superuser.query(`ALTER TABLE audit.${table} DISABLE TRIGGER ALL`)
}

export async function rearm(superuser: pg.Client): Promise<void> {
  for (const table of tables) await superuser.query(`ALTER TABLE audit.${table} ENABLE TRIGGER ALL`)
}

/** Takes everything away, as if the log had never been; disarm first. */
export async function wipe(superuser: pg.Client): Promise<void> {
  for (const table of ['receipt', 'anchor', 'checkpoint', 'log', 'event'])
    await superuser.query(`DELETE FROM audit.${table}`)
}

/** Writes leaf and chain anew from `from` to the end, as a forger who knows the formulas would. */
export async function reseal(superuser: pg.Client, from: number): Promise<void> {
  await superuser.query(
    `DO $$
     DECLARE r record; previous bytea;
     BEGIN
       SELECT chain INTO previous FROM audit.log WHERE seq = ${from} - 1;
       previous := coalesce(previous, audit.genesis());
       FOR r IN SELECT l.seq, e.entry FROM audit.log l JOIN audit.event e ON e.id = l.event_id WHERE seq >= ${from} ORDER BY seq LOOP
         UPDATE audit.log SET leaf = sha256('\\x00'::bytea || r.entry),
           chain = sha256('\\x02'::bytea || previous || int8send(r.seq) || sha256('\\x00'::bytea || r.entry))
         WHERE seq = r.seq RETURNING chain INTO previous;
       END LOOP;
     END $$`,
  )
}

/** Changes the bytes of an entry, so that they still are a well-formed event. */
export async function editEntry(superuser: pg.Client, seq: number): Promise<void> {
  await superuser.query(
    `UPDATE audit.event SET entry = convert_to(replace(convert_from(entry, 'UTF8'), '"kind":"person"', '"kind":"person","account":"usr_forged"'), 'UTF8')
     WHERE id = (SELECT event_id FROM audit.log WHERE seq = $1) AND position('account' IN convert_from(entry, 'UTF8')) = 0`,
    [seq],
  )
  await superuser.query(
    `UPDATE audit.event SET entry = convert_to(replace(convert_from(entry, 'UTF8'), 'usr_anna', 'usr_mallory'), 'UTF8')
     WHERE id = (SELECT event_id FROM audit.log WHERE seq = $1)`,
    [seq],
  )
}
