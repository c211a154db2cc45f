import { Empty } from '#components/ui/empty.tsx'
import { visible } from '#components/ui/visible.ts'
import { SignOutForm } from './sign-out-form.tsx'

type ForbiddenProps = {
  viewer: { name: string; groups: readonly string[] }
  /** Whom to ask (`loadAdmins`). Empty: nobody with that role has ever signed in. */
  admins: readonly string[]
}

const list = new Intl.ListFormat('en', { type: 'disjunction' })

/** For somebody who is known but has no right at all: says so, with what was seen and who can change it. */
export function Forbidden({ viewer, admins }: ForbiddenProps) {
  const { groups } = viewer
  const ask = admins.length > 0 ? list.format(admins.map(visible)) : 'whoever runs Countersign'
  return (
    <Empty whole kind="nothing-for-you" title="There is nothing here for you yet" action={<SignOutForm />}>
      <p>
        You are signed in as {visible(viewer.name)}, but{' '}
        {groups.length > 0 ? 'none of your groups gives' : 'you are in no group that gives'} you a right here.
      </p>
      {groups.length > 0 && (
        <p className="mt-2">
          Groups seen:{' '}
          {groups.slice(0, 20).map((group, index) => (
            <span key={group}>
              {index > 0 && ', '}
              <code className="font-mono text-ink">{visible(group)}</code>
            </span>
          ))}
          {groups.length > 20 && ` and ${groups.length - 20} more`}
        </p>
      )}
      <p className="mt-2">Ask {ask}. A change counts from your next sign-in on.</p>
    </Empty>
  )
}
