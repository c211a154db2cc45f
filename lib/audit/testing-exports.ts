import type { NewEvent } from './event.ts'
import type { exported } from './payload-exports.ts'

const plan = `3f9a${'0'.repeat(56)}c210`

type Exported = keyof typeof exported
/** For each way to take something away: what its entry holds, and what is said of it. */
export const exportSamples: { [T in Exported]: [Extract<NewEvent, { type: T }>['data'], string] } = {
  'findings.exported': [
    { filter: { state: 'open' }, rows: 3 },
    'exported 3 findings as CSV, filter state “open”',
  ],
  'catalog.exported': [
    { format: 'csv', filter: { team: 'shop' }, rows: 12 },
    'exported the matrix of 12 services as CSV, filter team “shop”',
  ],
  'evidence.exported': [
    { export: 'exp_1', scope: 'release', about: 'rel_1', entries: 12 },
    'exported evidence of release rel_1: 12 entries',
  ],
  'log.exported': [{ entries: 12, chain: plan }, 'exported the whole log: 12 entries'],
  'log.rows-exported': [
    { format: 'ocsf', filter: { service: 'payments' }, rows: 2, file: plan },
    'exported 2 entries as OCSF, file 3f9a…c210, filter service “payments”',
  ],
  'emergencies.exported': [
    { filter: { state: 'overdue' }, rows: 2 },
    'exported 2 break-glass releases as CSV, filter state “overdue”',
  ],
}
