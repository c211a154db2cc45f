import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Copyable } from '#components/ui/copyable.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ExactEntry } from '#lib/audit/data.ts'
import type { Actor } from '#lib/audit/event.ts'
import { On } from './history-list.tsx'
import { proofLook } from './log-look.ts'

const nameOf = (actor: Actor) => (actor.kind === 'person' ? (actor.account ?? actor.person) : actor.name)

/** One entry with everything that can be checked about it: the bytes that were sealed and both hashes. */
export function EntryPanel({ entry, closeHref }: { entry: ExactEntry; closeHref: string }) {
  const { seq, id, at, type, who, actor, what, proof, leaf, chain, json } = entry
  return (
    <Panel
      id="entry"
      title={`Entry ${seq.toLocaleString('en')}`}
      note={<Chip look={proofLook[proof]} />}
      aside={
        <ButtonLink href={closeHref} size="sm">
          Close
        </ButtonLink>
      }
      padded
    >
      <Facts
        facts={[
          {
            name: 'When',
            value: at ? (
              <>
                <Time at={at} as="seconds" /> <span className="font-mono text-ink-muted text-xs">{at}</span>
              </>
            ) : (
              'not understood'
            ),
          },
          {
            name: 'Who',
            value: (
              <>
                {visible(who)} {actor && <Copyable value={nameOf(actor)} what={actor.kind} length={0} />}
              </>
            ),
          },
          { name: 'What', value: <span className="whitespace-pre-wrap">{visible(what)}</span> },
          { name: 'On', value: <On entry={entry} /> },
          { name: 'Type', value: <code className="font-mono">{visible(type)}</code> },
          { name: 'Id', value: <Copyable value={id} what="id" length={0} /> },
          { name: 'Leaf hash', value: <Copyable value={leaf} what="leaf hash" length={0} /> },
          { name: 'Chain hash', value: <Copyable value={chain} what="chain hash" length={0} /> },
        ]}
      />
      <div className="mt-4 flex flex-wrap items-baseline gap-x-3 gap-y-1 text-sm">
        <h3 className="font-medium text-ink">As it was sealed</h3>
        <span className="text-ink-muted">
          Canonical JSON; the leaf hash is SHA-256 over a zero byte and exactly this.
        </span>
      </div>
      <pre className="mt-2 overflow-x-auto whitespace-pre-wrap break-all rounded-md bg-sunken p-3 font-mono text-ink text-xs">
        {visible(json)}
      </pre>
      <p className="mt-2 text-ink-muted text-xs">
        Copy the bytes: <Copyable value={json} what="sealed entry" length={24} />
      </p>
    </Panel>
  )
}
