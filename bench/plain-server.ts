import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import pg from 'pg'

/** What one answer needs of Postgres. */
export type Statement = { text: string; values: unknown[] }

/** The floor: an HTTP server that knows nothing but these statements. Arguments: port, database, file of lists of statements. */
const [port, url, file = ''] = process.argv.slice(2)
const lists: Statement[][] = JSON.parse(readFileSync(file, 'utf8'))
const pool = new pg.Pool({ connectionString: url, max: 4 })

createServer(async (request, response) => {
  const answers: string[] = []
  for (const { text, values } of lists[Number(request.url?.slice(1))] ?? []) {
    const { rows } = await pool.query(text, values)
    answers.push(rows[0]?.answer ?? JSON.stringify(rows))
  }
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(`[${answers.join(',')}]`)
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
