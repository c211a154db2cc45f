import { paths } from '#lib/platform/paths.ts'

export type Destination = {
  name: 'Services' | 'Compare' | 'Inbox' | 'Releases' | 'History' | 'Audit'
  href: string
  /** Pages below this one, by the beginning of their path. */
  below: readonly string[]
  keys: string
  /** Only for those who may read the log. */
  auditors?: true
}

/** Path up to the part that a name would fill: `paths.service('x')` without its `x`. */
const stem = (path: string) => path.slice(0, path.lastIndexOf('/') + 1)

/** The places, in reading order: what runs, how it differs, what waits, what happened, what can be proved. */
export const destinations: readonly Destination[] = [
  {
    name: 'Services',
    href: paths.services(),
    below: [
      stem(paths.service('x')),
      stem(paths.application('x')),
      paths.unmapped(),
      paths.applicationSets(),
      paths.projects(),
      paths.instances(),
    ],
    keys: 'g s',
  },
  { name: 'Compare', href: paths.compare(), below: [], keys: 'g c' },
  { name: 'Inbox', href: paths.inbox(), below: [paths.findings()], keys: 'g i' },
  {
    name: 'Releases',
    href: paths.releases(),
    below: [
      stem(paths.release('x')),
      stem(paths.train('x')),
      paths.pauses(),
      paths.policies(),
      paths.standardChanges(),
      paths.freezes(),
      paths.emergencies(),
    ],
    keys: 'g r',
  },
  { name: 'History', href: paths.history(), below: [`${paths.history()}/`], keys: 'g h' },
  { name: 'Audit', href: paths.audit(), below: [`${paths.audit()}/`], keys: 'g a', auditors: true },
]

/** Those that this person has. */
export const destinationsOf = (audits: boolean): readonly Destination[] =>
  destinations.filter(({ auditors }) => audits || !auditors)

/** Whether this page is the destination or lies below it. */
export const isHere = (destination: Destination, pathname: string): boolean =>
  pathname === destination.href || destination.below.some((beginning) => pathname.startsWith(beginning))
