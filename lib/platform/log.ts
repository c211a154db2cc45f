import { clock } from './clock.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'

/** 8 KiB a text: a hostile commit message must not flood the log. */
const textLengthMax = 8192

function plain(value: unknown): unknown {
  if (value instanceof Error)
    return { name: value.name, message: value.message.slice(0, textLengthMax), stack: value.stack }
  return typeof value === 'string' ? value.slice(0, textLengthMax) : value
}

function write(level: Level, message: string, fields: Record<string, unknown>): void {
  const entry: Record<string, unknown> = { time: clock.now(), level, message }
  for (const [name, value] of Object.entries(fields)) entry[name] = plain(value)
  process.stderr.write(`${JSON.stringify(entry)}\n`)
}

/** One JSON object a line on standard error; JSON escapes control characters, so a line cannot be forged. */
export const log = {
  debug: (message: string, fields: Record<string, unknown> = {}) => write('debug', message, fields),
  info: (message: string, fields: Record<string, unknown> = {}) => write('info', message, fields),
  warn: (message: string, fields: Record<string, unknown> = {}) => write('warn', message, fields),
  error: (message: string, fields: Record<string, unknown> = {}) => write('error', message, fields),
}
