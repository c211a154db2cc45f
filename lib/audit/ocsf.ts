import type { ExportRow } from './excerpt.ts'
import type { EventType } from './payload.ts'
import { words } from './words.ts'

/** The version of the Open Cybersecurity Schema Framework whose names are used: https://schema.ocsf.io/1.6.0 */
export const ocsfVersion = '1.6.0'

// API Activity (6003) asks for the address somebody came from, which entries do not hold; so only these two classes.
const authentication = { class_uid: 3002, class_name: 'Authentication' } as const
const entityManagement = { class_uid: 3004, class_name: 'Entity Management' } as const
const crud = { Create: 1, Read: 2, Update: 3, Delete: 4 } as const

const creates = /\.(requested|created|proposed|opened|started|made|overridden|shared|break-glass|message)$/
const deletes = /\.(withdrawn|unshared|ended)$/
const reads = /\.(read|exported|rows-exported)$/

function activityOf(type: string): keyof typeof crud {
  if (reads.test(type)) return 'Read'
  if (creates.test(type)) return 'Create'
  return deletes.test(type) ? 'Delete' : 'Update'
}

function classOf(type: string) {
  if (type === 'sign-in' || type === 'sign-in-refused')
    return { ...authentication, activity_id: 1, activity_name: 'Logon' }
  if (type === 'sign-out') return { ...authentication, activity_id: 2, activity_name: 'Logoff' }
  if (type.startsWith('step-up.'))
    return { ...authentication, activity_id: 99, activity_name: 'Step-up sign-in' }
  const activity_name = activityOf(type)
  return { ...entityManagement, activity_id: crud[activity_name], activity_name }
}

const failed = (type: string) => /refused$/.test(type) || type === 'release.failed'
const loud: readonly string[] = [
  'release.break-glass',
  'release.retrospective-overdue',
  'finding.opened',
] satisfies EventType[]

/** One entry as an OCSF event. `raw_data` holds the sealed bytes, `unmapped` what proves them in the log. */
export function ocsfOf({
  seq,
  leaf,
  chain,
  entry,
  read,
  at,
  checkpoint,
}: ExportRow): Record<string, unknown> {
  const event = read.known ? read.event : undefined
  const type = read.known ? read.event.type : read.type
  const kind = classOf(type)
  const subject = event?.subject ?? {}
  const user = event?.actor.kind === 'person' ? { uid: event.actor.person } : undefined
  const noun = type.split('.')[0] ?? type
  const entity = subject.release
    ? { type: 'Release', uid: subject.release }
    : subject.application
      ? { type: 'Application', uid: subject.application }
      : { type: noun, name: subject.service ?? noun }
  return {
    category_uid: 3,
    category_name: 'Identity & Access Management',
    ...kind,
    type_uid: kind.class_uid * 100 + kind.activity_id,
    time: Date.parse(at),
    severity_id: loud.includes(type) ? 3 : 1,
    status_id: failed(type) ? 2 : 1,
    message: words(read).what,
    ...(kind.class_uid === 3002
      ? { user: user ?? { name: 'unknown' }, service: { name: 'Countersign' } }
      : { entity }),
    actor: user ? { user } : { app_name: event && 'name' in event.actor ? event.actor.name : 'Countersign' },
    metadata: {
      version: ocsfVersion,
      product: { name: 'Countersign', vendor_name: 'Countersign' },
      ...(event && { uid: event.id }),
      sequence: seq,
      event_code: type,
      original_time: at,
      log_name: 'countersign',
    },
    raw_data: Buffer.from(entry).toString('utf8'),
    unmapped: {
      leaf: Buffer.from(leaf).toString('hex'),
      chain: Buffer.from(chain).toString('hex'),
      ...(checkpoint && { checkpoint }),
    },
  }
}
