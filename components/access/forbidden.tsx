import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Refusal } from '#lib/access/loaders.ts'
import type { Permission } from '#lib/access/policy.ts'
import { paths } from '#lib/platform/paths.ts'
import { SignOutForm } from './sign-out-form.tsx'

const either = new Intl.ListFormat('en', { type: 'disjunction' })
const both = new Intl.ListFormat('en', { type: 'conjunction' })
const shownGroups = 20

/** The right in words, for "You need … to see this". */
const rights = {
  read: 'to see services',
  'request:release': 'to ask for releases',
  'withdraw:release': 'to withdraw releases',
  'decide:release': 'to decide on releases',
  'release:break-glass': 'to break the glass',
  'read:log': 'to read the log',
  'export:evidence': 'to export evidence',
  sample: 'to draw samples',
  pause: 'to pause dispatching',
  resume: 'to resume paused releases',
  freeze: 'to make freezes',
  'decide:policy': 'decide on changes of the policies',
  'override:freeze': 'to override freezes',
} satisfies Record<Permission, string>

function Groups({ groups }: { groups: readonly string[] }) {
  if (groups.length === 0) return 'none at all'
  return (
    <>
      {groups.slice(0, shownGroups).map((group, index) => (
        <span key={group}>
          {index > 0 && ', '}
          <code className="font-mono text-ink">{visible(group)}</code>
        </span>
      ))}
      {groups.length > shownGroups && ` and ${groups.length - shownGroups} more`}
    </>
  )
}

/** For somebody who is known but lacks a right: which one, what was seen of them, and who can change it. */
export function Forbidden({ refusal }: { refusal: Refusal }) {
  const { permission, roles, viewer, admins } = refusal
  const nothing = viewer.grants.length === 0
  const own = [...new Set(viewer.grants.map((grant) => grant.role))]
  return (
    <Empty
      whole
      kind="nothing-for-you"
      title={nothing ? 'There is nothing here for you yet' : 'You may not see this page'}
      action={nothing ? <SignOutForm /> : <ButtonLink href={paths.services()}>To the services</ButtonLink>}
    >
      <p>
        You lack the right {rights[permission]}. It comes with the role {either.format(roles)}.
      </p>
      <p className="mt-2">
        You are signed in as {visible(viewer.name)}
        {own.length > 0 && `, ${both.format(own)}`}. Groups seen: <Groups groups={viewer.groups} />.
      </p>
      <p className="mt-2">
        Roles come from groups. Ask{' '}
        {admins.length > 0 ? either.format(admins.map(visible)) : 'whoever runs Countersign'}; a change counts
        from your next sign-in on.
      </p>
    </Empty>
  )
}
