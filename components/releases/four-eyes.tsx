import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Chip } from '#components/status/status.tsx'
import { Avatar } from '#components/ui/avatar.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ReleaseView } from '#lib/releases/loaders.ts'
import type { PersonView } from '#lib/releases/people.ts'
import { approvals } from '#lib/releases/release.ts'
import { waitingForPeople } from './words.ts'

const chips = {
  approved: { tone: 'positive', glyph: 'disc', word: 'Approved' },
  rejected: { tone: 'negative', glyph: 'octagon', word: 'Rejected' },
  'can-approve': { tone: 'attention', glyph: 'hourglass', word: 'can approve' },
  excluded: { tone: 'neutral', glyph: undefined, word: 'excluded' },
} as const satisfies Record<PersonView['standing'], object>

/** What somebody did for the release before anybody decided. */
type Part = 'asked' | 'wrote it' | undefined

function Person({ person, part }: { person: PersonView; part: Part }) {
  const { standing, why, groups, at, comment } = person
  const chip = chips[standing]
  return (
    <li className="flex items-center gap-3 px-4 py-2 text-sm">
      <Avatar initials={person.initials} />
      <div className="min-w-0 grow">
        <p>{person.you ? 'You' : visible(person.name)}</p>
        <p className="text-ink-muted text-xs [overflow-wrap:anywhere]">
          {why ?? (groups.length > 0 ? visible(groups.join(', ')) : null)}
          {at && (
            <>
              {groups.length > 0 && ' · '}
              <Time at={at} as="ago" />
            </>
          )}
        </p>
        {comment && <p className="mt-0.5 text-ink-muted text-xs">“{visible(comment)}”</p>}
      </div>
      <Chip tone={chip.tone} glyph={chip.glyph}>
        {standing === 'excluded' && part ? part : chip.word}
      </Chip>
    </li>
  )
}

/** The chain in its order: who asked, who wrote it, who signed, who still may, and who may not. */
function inChain(people: readonly PersonView[], release: ReleaseView['release']) {
  const partOf = ({ person }: PersonView): Part =>
    person === release.requester.person
      ? 'asked'
      : release.authors?.some((author) => author.person === person)
        ? 'wrote it'
        : undefined
  const rank = ({ part }: { part: Part }) => (part === 'asked' ? 0 : part === 'wrote it' ? 1 : 2)
  return people.map((person) => ({ person, part: partOf(person) })).sort((a, b) => rank(a) - rank(b))
}

/** Too few people are known who could approve: said before anybody waits in vain. */
function TooFew({ able, groups, still }: { able: number; groups: readonly string[]; still: string }) {
  return (
    <Callout
      tone={able === 0 ? 'negative' : 'attention'}
      title={
        able === 0 ? 'Nobody known here may approve this' : 'More approvers are needed than are known here'
      }
      className="m-3"
    >
      {able > 0 && `When all of them have approved, it still needs ${visible(still)}. `}
      {groups.length > 0
        ? `Anybody else in ${visible(groups.join(', '))} may, from their first sign-in on.`
        : 'No group may approve releases here. Whoever runs Countersign can grant it in countersign.yaml.'}
    </Callout>
  )
}

/** Who approved, who still can, and who cannot and why. That nobody is left is said at once. */
export function FourEyes({ view }: { view: ReleaseView }) {
  const { release, people, approverGroups: groups, prospects } = view
  const { raised, requiredApprovals: required } = release
  const approved = approvals(release)
  const waiting = release.state === 'requested'
  const left = Math.max(0, required - approved)
  const able = people.filter(({ standing }) => standing === 'can-approve')
  const shown = waiting ? people : people.filter(({ standing }) => standing in { approved: 1, rejected: 1 })
  return (
    <Panel title="Four eyes" aside={`${approved} of ${required} approved`}>
      {waiting && prospects.impossible && (
        <TooFew able={able.length} groups={groups} still={prospects.impossible} />
      )}
      {waiting &&
        raised.map((why) => (
          <p key={why} className="px-4 pt-2.5 text-ink-muted text-xs">
            One more approval: {visible(why)}.
          </p>
        ))}
      {shown.length === 0 && <p className="px-4 py-3 text-ink-muted text-sm">Nobody decided.</p>}
      <Rows>
        {inChain(shown, release).map(({ person, part }) => (
          <Person key={person.person} person={person} part={part} />
        ))}
      </Rows>
      {waiting && !prospects.impossible && (
        <p className="border-line border-t px-4 py-2.5 text-ink-muted text-xs">
          {waitingForPeople(
            left,
            able.map(({ name, you }) => (you ? 'you' : visible(name))),
            visible(prospects.groups),
          )}
        </p>
      )}
    </Panel>
  )
}
