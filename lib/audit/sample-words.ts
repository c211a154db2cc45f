import { shortDigest } from '#lib/plans/plan.ts'
import type { LogEvent } from './event.ts'
import type { audited } from './payload-samples.ts'

type AuditEvent = Extract<LogEvent, { type: keyof typeof audited }>

const spoken = (code: string) => code.replaceAll('-', ' ')

/** What an auditor did, after their name. */
export function sampleWords({ type, data }: AuditEvent): string {
  switch (type) {
    case 'inquiry.exported': {
      const filter = Object.entries(data.filter).map(([name, value]) => `${name} “${value}”`)
      return `exported ${data.cut ? 'the first ' : ''}${data.rows} rows of ${spoken(data.question)} as ${data.format.toUpperCase()}, file ${shortDigest(data.file)}${filter.length === 0 ? '' : `, filter ${filter.join(', ')}`}`
    }
    case 'sample.drawn':
      return `drew ${data.size} of ${data.population} ${spoken(data.kind)} with seed ${data.seed}: sample ${data.sample}`
    case 'sample.noted':
      return `noted ${spoken(data.verdict)} on ${data.item} of sample ${data.sample}${data.words ? `: ${data.words}` : ''}`
    case 'sample.signed-off':
      return `signed off sample ${data.sample}: ${data.items} items, ${data.exceptions} exceptions, paper ${shortDigest(data.paper)}: ${data.conclusion}`
    case 'sample.exported':
      return `exported the working paper of sample ${data.sample}, file ${shortDigest(data.file)}`
  }
}
