import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { visible } from '#components/ui/visible.ts'
import type { RollbackOffer } from '#lib/rollbacks/offer.ts'
import { RollbackParameters } from './rollback-parameters.tsx'
import { WhoCan } from './who-can.tsx'

const resources = (count: number) => `${count} ${count === 1 ? 'resource' : 'resources'}`

function Changes({ changes }: Pick<RollbackOffer, 'changes'>) {
  if (!changes) return <>Nobody can tell what of live it would change.</>
  const { resources: changed, risky, leftBehind } = changes
  return (
    <>
      It changes {resources(changed)}
      {risky > 0 && `; ${risky} ${risky === 1 ? 'raises' : 'raise'} risk`}.
      {leftBehind > 0 &&
        ` ${resources(leftBehind)} that came since ${leftBehind === 1 ? 'stays' : 'stay'}, because a sync does not prune.`}
    </>
  )
}

/** What would be brought back, what not, and who decides: read before it is asked for. */
export function RollbackOfferView({
  offer,
  waiting,
}: {
  offer: RollbackOffer | undefined
  waiting: boolean
}) {
  if (waiting || !offer)
    return (
      <p role="status" className="text-ink-muted text-sm">
        {waiting ? 'Argo CD renders what ran then. This takes a moment.' : ''}
      </p>
    )
  if (offer.state !== 'ready') return null
  const { from, to, broughtBy, ended, running, version } = offer
  return (
    <>
      <div className="grid gap-1 text-ink-muted text-sm">
        <p>
          <span className="font-mono text-ink">{visible(version)}</span> was deployed{' '}
          <Time at={from} as="clock" />
          {to && (
            <>
              {' '}
              and ran until <Time at={to} as="clock" />
            </>
          )}
          {broughtBy
            ? `, brought by an approved release${ended && ended !== 'succeeded' ? ` that ended ${ended}` : ''}`
            : '; no release brought it here'}
          .
          {running && (
            <>
              {' '}
              Now <span className="font-mono text-ink">{visible(running)}</span> runs.
            </>
          )}
        </p>
        <p>
          <Changes changes={offer.changes} />
        </p>
      </div>
      {offer.failing.length > 0 && (
        <Callout tone="attention" title="Not everything passes">
          <ul className="grid gap-0.5">
            {offer.failing.map(({ id, title, detail, blocks }) => (
              <li key={id}>
                {visible(title)}: {visible(detail)}
                {blocks && ' (stops it)'}
              </li>
            ))}
          </ul>
        </Callout>
      )}
      <RollbackParameters changed={offer.changed} />
      <WhoCan people={offer.people} impossible={offer.impossible ?? undefined} raised={offer.raised} />
    </>
  )
}
