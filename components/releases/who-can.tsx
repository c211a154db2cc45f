import { Callout } from '#components/status/callout.tsx'
import { visible } from '#components/ui/visible.ts'
import type { PersonView } from '#lib/releases/people.ts'
import { approversInWords } from './words.ts'

type WhoCanProps = {
  people: readonly PersonView[]
  impossible: string | undefined
  raised: readonly string[]
}

/** Before anything is sent: who could approve it, who could not and why, and whether they are enough at all. */
export function WhoCan({ people, impossible, raised }: WhoCanProps) {
  const out = people.filter(({ standing }) => standing === 'excluded')
  return (
    <>
      {impossible && (
        <Callout tone="attention" title="Those who have signed in so far are not enough">
          When all of them have approved, it still needs {visible(impossible)}.
        </Callout>
      )}
      <div className="text-ink-muted text-sm">
        {raised.map((why) => (
          <p key={why}>One more approval: {visible(why)}.</p>
        ))}
        <p>
          {approversInWords(
            people.filter(({ standing }) => standing === 'can-approve').map(({ name }) => visible(name)),
          )}
        </p>
        {out.length > 0 && (
          <details className="mt-1">
            <summary className="cursor-pointer">
              {out.length === 1 ? 'One other cannot' : `${out.length} others cannot`}
            </summary>
            <ul className="mt-1 grid max-h-40 gap-0.5 overflow-y-auto pl-4">
              {out.map(({ person, name, you, why }) => (
                <li key={person}>
                  <span className="text-ink">{you ? 'You' : visible(name)}</span>: {visible(why ?? '')}
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </>
  )
}
