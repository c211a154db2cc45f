export type Shortcut =
  | 'services'
  | 'compare'
  | 'inbox'
  | 'releases'
  | 'history'
  | 'audit'
  | 'filter'
  | 'help'
  | 'next-row'
  | 'previous-row'
  | 'next-page'
  | 'previous-page'

/** Keys in order, and what they do. Approving has no shortcut, on purpose. */
const table = {
  'g s': 'services',
  'g c': 'compare',
  'g i': 'inbox',
  'g r': 'releases',
  'g h': 'history',
  'g a': 'audit',
  '/': 'filter',
  f: 'filter',
  '?': 'help',
  j: 'next-row',
  k: 'previous-row',
  ArrowRight: 'next-page',
  ArrowLeft: 'previous-page',
} as const satisfies Record<string, Shortcut>

/** The same for people, in the order of the help. */
export const help = [
  { keys: ['⌘ K', 'Ctrl K'], does: 'Search or jump to', either: true },
  { keys: ['g', 's'], does: 'Go to Services' },
  { keys: ['g', 'c'], does: 'Go to Compare' },
  { keys: ['g', 'i'], does: 'Go to Inbox' },
  { keys: ['g', 'r'], does: 'Go to Releases' },
  { keys: ['g', 'h'], does: 'Go to History' },
  { keys: ['g', 'a'], does: 'Go to Audit' },
  { keys: ['/', 'f'], does: 'Filter this list', either: true },
  { keys: ['j'], does: 'Next row' },
  { keys: ['k'], does: 'Previous row' },
  { keys: ['Enter'], does: 'Open the row' },
  { keys: ['←', '→'], does: 'Previous or next page', either: true },
  { keys: ['?'], does: 'This help' },
] as const satisfies readonly { keys: readonly string[]; does: string; either?: boolean }[]

export type Pressed = { pending: string; shortcut?: Shortcut }

const byKeys: Record<string, Shortcut | undefined> = table
const isStart = (keys: string) => Object.keys(table).some((each) => each.startsWith(`${keys} `))

/** What one more key means after those that wait. A key that fits nothing starts over. */
export function press(pending: string, key: string): Pressed {
  const keys = pending ? `${pending} ${key}` : key
  const shortcut = byKeys[keys]
  if (shortcut) return { pending: '', shortcut }
  if (isStart(keys)) return { pending: keys }
  return pending ? press('', key) : { pending: '' }
}
