import { shortDigest } from '#lib/plans/plan.ts'
import type { LogEvent } from './event.ts'
import type { exported } from './payload-exports.ts'

type ExportEvent = Extract<LogEvent, { type: keyof typeof exported }>

/** What somebody took away as a file, after their name. */
export function exportWords({ type, data }: ExportEvent): string {
  switch (type) {
    case 'catalog.exported': {
      const filter = Object.entries(data.filter).map(([name, value]) => `${name} “${value}”`)
      const rows = data.rows === undefined ? '' : ` of ${data.rows} services`
      return `exported the matrix${rows} as ${data.format.toUpperCase()}${filter.length === 0 ? '' : `, filter ${filter.join(', ')}`}`
    }
    case 'findings.exported': {
      const filter = Object.entries(data.filter).map(([name, value]) => `${name} “${value}”`)
      return `exported ${data.cut ? 'the first ' : ''}${data.rows} findings as CSV${filter.length === 0 ? '' : `, filter ${filter.join(', ')}`}`
    }
    case 'evidence.exported': {
      const period = data.from && data.to ? `, ${data.from} to ${data.to}` : ''
      return `exported evidence of ${data.about ? `${data.scope} ${data.about}` : 'a period'}${period}: ${data.entries} entries`
    }
    case 'log.exported':
      return `exported the whole log: ${data.entries} entries`
    case 'log.rows-exported': {
      const filter = Object.entries(data.filter).map(([name, value]) => `${name} “${value}”`)
      return `exported ${data.cut ? 'the newest ' : ''}${data.rows} entries as ${data.format.toUpperCase()}, file ${shortDigest(data.file)}${filter.length === 0 ? '' : `, filter ${filter.join(', ')}`}`
    }
    case 'emergencies.exported': {
      const filter = Object.entries(data.filter).map(([name, value]) => `${name} “${value}”`)
      return `exported ${data.cut ? 'the first ' : ''}${data.rows} break-glass releases as CSV${filter.length === 0 ? '' : `, filter ${filter.join(', ')}`}`
    }
  }
}
