import { createServer, request } from 'node:http'

/** The floor: whatever is asked for goes to the backend as it is, and its answer to whoever asked. Arguments: port, backend. */
const [port, backend = ''] = process.argv.slice(2)

createServer((asked, response) => {
  request(`${backend}${asked.url}`, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  }).end()
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
