import type { Person } from './git.ts'
import { people } from './people.ts'

const { mei, jonas, anna, renovate } = people

/** A version's way through the environments. Days count back from the start of the world. */
export type StoryRelease = {
  version: string
  daysAgo: number
  author: Person
  /** Body of the commit that brings it to prod. */
  body?: string
}

export type Story = {
  service: string
  /** The newest releases whose commit to prod is there but not yet synced. */
  waiting: number
  releases: StoryRelease[]
}

const series = (major: number, count: number, everyDays: number, newestDaysAgo: number): StoryRelease[] =>
  Array.from({ length: count }, (_, index) => ({
    version: `${major}.${index + 1}.0`,
    daysAgo: newestDaysAgo + (count - 1 - index) * everyDays,
    author: [mei, jonas, anna][index % 3] ?? mei,
  }))

/** What a markup-minded author can write into a commit; see recordings/details/revision-metadata-hostile. */
const hostile = '<img src=x onerror=alert(1)> "quotes" — and an emoji 🚢'

export const stories: Story[] = [
  { service: 'catalog', waiting: 0, releases: series(1, 13, 3.2, 1.9) },
  {
    service: 'checkout',
    waiting: 2,
    releases: [
      ...series(1, 6, 5, 8),
      { version: '1.7.0', daysAgo: 2.1, author: mei, body: hostile },
      {
        version: '1.7.1',
        daysAgo: 0.4,
        author: jonas,
        body: 'Round the basket total once, at the end.\n\nFixes the one-cent difference on invoices.',
      },
    ],
  },
  {
    service: 'payments',
    waiting: 1,
    releases: [
      ...series(2, 5, 7, 9),
      { version: '2.6.0', daysAgo: 1.2, author: mei, body: 'Ask the bank again after a time-out, once.' },
    ],
  },
  {
    service: 'search',
    waiting: 3,
    releases: [
      ...series(3, 4, 6, 16),
      { version: '3.5.0', daysAgo: 6.3, author: anna, body: 'Synonyms for shoe sizes.' },
      { version: '3.5.1', daysAgo: 4.2, author: renovate, body: 'Update dependency analyzer to v9.' },
      { version: '3.6.0', daysAgo: 0.9, author: jonas, body: 'Typing pauses before it searches.' },
    ],
  },
  { service: 'reports', waiting: 0, releases: series(1, 4, 9, 5.5) },
  {
    service: 'notifier',
    waiting: 1,
    releases: [...series(1, 3, 8, 12), { version: '1.4.0', daysAgo: 3.1, author: anna }],
  },
  { service: 'identity', waiting: 0, releases: series(4, 5, 6, 3.4) },
  { service: 'always-degrades', waiting: 1, releases: series(1, 3, 10, 2.6) },
  { service: 'sync-refused', waiting: 1, releases: series(1, 3, 10, 4.1) },
  { service: 'slow-sync', waiting: 1, releases: series(1, 3, 10, 1.6) },
  {
    service: 'gateway',
    waiting: 1,
    releases: [
      ...series(3, 3, 11, 10),
      { version: '3.4.0', daysAgo: 0.7, author: jonas, body: 'Longer idle timeout.' },
    ],
  },
  {
    service: 'ledger',
    waiting: 1,
    releases: [
      ...series(2, 3, 12, 13),
      { version: '2.4.0', daysAgo: 1.5, author: anna, body: 'Closing entries by month.' },
    ],
  },
]
