/** A person of the practice company. The id is the OpenID `sub` and what the picker sends. */
export type Person = {
  id: string
  givenName: string
  familyName: string
  email: string
  /** Full path form, as Keycloak's group mapper sends it. */
  groups: string[]
  /** One sentence for the picker: what this person can do in the portal. */
  role: string
  /** Has a second factor, so `acr: gold` is possible for them. */
  secondFactor: boolean
}

/** The demo people, in the order the picker shows them. */
export const people: readonly Person[] = [
  {
    id: 'jonas',
    givenName: 'Jonas',
    familyName: 'Öztürk',
    email: 'jonas@acme.example',
    groups: ['/shop/developers'],
    role: 'Developer of team shop: requests releases.',
    secondFactor: false,
  },
  {
    id: 'mei',
    givenName: 'Mei',
    familyName: 'Lin',
    email: 'mei.lin@acme.example',
    groups: ['/shop/developers'],
    role: 'Developer of team shop: requests releases.',
    secondFactor: false,
  },
  {
    id: 'anna',
    givenName: 'Anna',
    familyName: 'Beck',
    email: 'anna.beck@acme.example',
    groups: ['/shop/approvers', '/payments/leads'],
    role: 'Approver of team shop, leads payments: approves or rejects, may break the glass.',
    secondFactor: false,
  },
  {
    id: 'marta',
    givenName: 'Marta',
    familyName: 'Bauer',
    email: 'marta.bauer@acme.example',
    groups: ['/shop/approvers'],
    role: 'Approver of team shop: approves or rejects.',
    secondFactor: true,
  },
  {
    id: 'dora',
    givenName: 'Dora',
    familyName: 'Weiss',
    email: 'dora.weiss@acme.example',
    groups: ['/auditors'],
    role: 'Auditor: reads the history, changes nothing.',
    secondFactor: false,
  },
  {
    id: 'piet',
    givenName: 'Piet',
    familyName: 'de Vries',
    email: 'piet.de.vries@acme.example',
    groups: ['/platform/admins'],
    role: 'Platform admin: sets up Countersign, is not above the rules.',
    secondFactor: true,
  },
  {
    id: 'nora',
    givenName: 'Nora',
    familyName: 'Klein',
    email: 'nora.klein@acme.example',
    groups: [],
    role: 'In no group: may sign in, may see nothing.',
    secondFactor: false,
  },
]

/** The name as the `name` claim and the picker write it. */
export function fullName(person: Person): string {
  return `${person.givenName} ${person.familyName}`
}
