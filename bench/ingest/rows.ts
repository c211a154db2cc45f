import pg from 'pg'

/**
 * The positive control: what one would write first. Each change is parsed and stored by a statement of its own, one NOTIFY
 * each, eight writers at a time: `rows.ts DATABASE_URL ARGO_URL`.
 */
const [databaseUrl = '', argoUrl = ''] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 })
type Change = {
  result?: {
    application: {
      metadata: { name: string; resourceVersion: string }
      status: { health: { status: string } }
    }
  }
}

const queue: Change[] = []
let writers = 0

async function drain(): Promise<void> {
  writers += 1
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { metadata, status } = next.result?.application ?? {}
    await pool.query(
      `WITH stored AS (INSERT INTO control (name, health, resource_version, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET health = excluded.health, resource_version = excluded.resource_version, body = excluded.body RETURNING name)
       SELECT pg_notify('control', name) FROM stored`,
      [
        metadata?.name,
        status?.health.status,
        metadata?.resourceVersion,
        JSON.stringify(next.result?.application),
      ],
    )
  }
  writers -= 1
}

const answer = await fetch(`${argoUrl}/api/v1/stream/applications`)
process.send?.('ready')
process.once('SIGTERM', () => process.exit(0))
let rest = ''
const decoder = new TextDecoder()
for await (const chunk of answer.body ?? []) {
  rest += decoder.decode(chunk, { stream: true })
  const lines = rest.split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) if (line.startsWith('data: ')) queue.push(JSON.parse(line.slice(6)) as Change)
  for (let more = Math.min(8 - writers, queue.length); more > 0; more--) void drain()
}
