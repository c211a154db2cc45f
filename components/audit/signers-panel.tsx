import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import type { Look } from '#components/status/tones.ts'
import { Facts } from '#components/ui/facts.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Signers } from '#lib/inquiries/signers.ts'
import { paths } from '#lib/platform/paths.ts'

const looks = {
  approve: { tone: 'positive', glyph: 'disc', label: 'Signed' },
  reject: { tone: 'negative', glyph: 'octagon', label: 'Rejected' },
  could: { tone: 'neutral', glyph: 'ring', label: 'Could have signed' },
  excluded: { tone: 'paused', glyph: 'square', label: 'Excluded' },
} satisfies Record<string, Look>

const Entry = ({ seq }: { seq: number }) => (
  <Link href={paths.history({ entry: String(seq) })} className="text-accent underline">
    entry {seq}
  </Link>
)

const roleWords = {
  same: 'The map of groups to roles is the one of today.',
  changed:
    'The map of groups to roles was another one. Only its digest is kept, so who could sign is worked out with the map of today: compare the configuration of that day.',
  unknown: 'The log does not say which map of groups to roles was loaded then. Today’s is used.',
}

/** Who could have signed one release when it was asked for, and by which rules. */
export function SignersPanel({ release, signers }: { release: string; signers: Signers }) {
  const { set, roles, people, later, at } = signers
  return (
    <Panel
      title="Who could have signed"
      note={
        <>
          <Link href={paths.release(release)} className="font-mono text-accent hover:underline">
            {release}
          </Link>
          <Time at={at} as="clock" />
        </>
      }
    >
      <div className="border-line border-b p-4">
        <Facts
          facts={[
            {
              name: 'Rules in force',
              value: set ? (
                <>
                  Set {set.n}, <span className="font-mono">{set.digest.slice(0, 12)}</span>, since{' '}
                  <Time at={set.since} as="clock" />, <Entry seq={set.seq} />.{' '}
                  {set.covers
                    ? 'The policy of this release is one of them.'
                    : 'The policy of this release is none of them.'}
                </>
              ) : (
                'None had been agreed to: the configuration held.'
              ),
            },
            {
              name: 'Rights then',
              value: (
                <>
                  {roleWords[roles.is]} {roles.seq !== null && <Entry seq={roles.seq} />}
                </>
              ),
            },
            {
              name: 'Not known then',
              value:
                later === 0
                  ? 'Nobody: everybody with an account had signed in before.'
                  : `${later} ${later === 1 ? 'account' : 'accounts'} had not signed in yet.`,
            },
          ]}
        />
      </div>
      <Rows>
        {people.map(({ person, name, standing, decided, why, groups, signIn }) => (
          <li
            key={person}
            className="grid gap-x-4 gap-y-1 px-4 py-2.5 text-sm sm:grid-cols-[12rem_11rem_1fr]"
          >
            <span className="font-medium">{visible(name)}</span>
            <span>
              <Chip look={looks[decided ?? (standing === 'excluded' ? 'excluded' : 'could')]} />
            </span>
            <span className="min-w-0 text-ink-muted">
              {why && `${visible(why)}. `}
              {groups.length > 0 && `By ${groups.map(visible).join(', ')}. `}
              {signIn && (
                <>
                  Groups from the sign-in <Time at={signIn.at} as="clock" />, <Entry seq={signIn.seq} />
                </>
              )}
            </span>
          </li>
        ))}
        {people.length === 0 && (
          <li className="px-4 py-3 text-ink-muted text-sm">Nobody who was known then could sign.</li>
        )}
      </Rows>
    </Panel>
  )
}
