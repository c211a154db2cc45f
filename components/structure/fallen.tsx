import Link from 'next/link'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { FieldDifference } from '#lib/structure/appset.ts'
import type { SetView } from '#lib/structure/schema.ts'
import { placeText } from './members.tsx'

/** Fields that the template cannot have written so. */
export function Differences({ of }: { of: readonly FieldDifference[] }) {
  if (of.length === 0) return null
  return (
    <ul className="grid gap-0.5 text-xs">
      {of.map(({ field, template, application }) => (
        <li key={field} className="min-w-0 break-words">
          <span className="text-ink">{visible(field)}</span>: the template says{' '}
          <code className="font-mono text-ink">{visible(template)}</code>, here it is{' '}
          <code className="font-mono text-ink">{visible(application) || 'nothing'}</code>
        </li>
      ))}
    </ul>
  )
}

/** Applications that are no longer as the pattern says, each with why and what to do. */
export function Fallen({ view }: { view: SetView }) {
  const { fallen, unseen } = view
  return (
    <Panel title="Fell out of the pattern" note={`${fallen.length + unseen.length}`}>
      <Rows>
        {fallen.map(({ member, why, remedy, differences }) => (
          <li key={member.id} className="grid gap-x-6 gap-y-1 px-4 py-3 text-sm md:grid-cols-[16rem_1fr]">
            <div className="min-w-0">
              <Link href={paths.application(member.id)} className="font-medium text-ink hover:underline">
                {visible(member.name)}
              </Link>
              <p className="text-ink-muted text-xs">{placeText(member)}</p>
            </div>
            <div className="grid min-w-0 gap-1 text-ink-muted">
              <p className="break-words text-ink">{visible(why)}</p>
              <p>{remedy}</p>
              <Differences of={differences} />
            </div>
          </li>
        ))}
        {unseen.map((name) => (
          <li key={name} className="grid gap-x-6 gap-y-1 px-4 py-3 text-sm md:grid-cols-[16rem_1fr]">
            <span className="font-medium text-ink">{visible(name)}</span>
            <span className="text-ink-muted">
              The set names it, and the catalog does not have it: it is being created, or our account may not
              read it.
            </span>
          </li>
        ))}
      </Rows>
    </Panel>
  )
}
