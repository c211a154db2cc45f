import type { Person } from './git.ts'

/** Who writes commits, with the addresses the OpenID provider knows them by. */
export const people = {
  mei: { name: 'Mei Lin', email: 'mei.lin@acme.example' },
  jonas: { name: 'Jonas Öztürk', email: 'jonas@acme.example' },
  anna: { name: 'Anna Beck', email: 'anna.beck@acme.example' },
  /** Nobody's account: policy has to say what unknown authors mean. */
  renovate: { name: 'Renovate Bot', email: 'renovate@bots.acme.example' },
} satisfies Record<string, Person>
