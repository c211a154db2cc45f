import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Status } from '#components/status/status.tsx'
import { healthLook, syncLook } from '#components/status/tones.ts'
import { Facts } from '#components/ui/facts.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { type Closing, outcomeWords } from '#lib/closings/closing.ts'
import type { ReviewEvidence, SentIntent } from '#lib/closings/evidence.ts'
import type { ReviewView } from '#lib/closings/loaders.ts'
import type { ReleaseView } from '#lib/releases/loaders.ts'
import { CloseReview } from './close-review.tsx'

const short = (revisions: readonly string[]) =>
  revisions.map((revision) => visible(revision).slice(0, 12)).join(', ') || 'none'

function Intent({ intent: { at, token, postDeadline, quietUntil } }: { intent: SentIntent }) {
  return (
    <>
      written <Time at={at} as="seconds" />, could be sent until <Time at={postDeadline} as="seconds" />,
      could arrive until <Time at={quietUntil} as="seconds" />. Token{' '}
      <span className="font-mono">{token}…</span>
    </>
  )
}

function Operation({ operation, observed }: Pick<ReviewEvidence, 'operation' | 'observed'>) {
  if (!operation) return observed ? 'none' : 'Argo CD has not been read'
  const { phase, message, startedAt, finishedAt, revisions, by, ours } = operation
  return (
    <>
      {ours ? 'Ours (it carries the token)' : 'Not ours (it does not carry the token)'}: {visible(phase)},{' '}
      <span className="font-mono">{short(revisions)}</span>
      {by && <>, started by {visible(by)}</>}
      {startedAt && (
        <>
          {' '}
          <Time at={startedAt} as="seconds" />
        </>
      )}
      {finishedAt && (
        <>
          , ended <Time at={finishedAt} as="seconds" />
        </>
      )}
      {message && <span className="block break-words text-ink-muted">{visible(message)}</span>}
    </>
  )
}

function Deployments({ deployments, observed }: Pick<ReviewEvidence, 'deployments' | 'observed'>) {
  if (deployments.length === 0) return observed ? 'none since the first intent' : 'Argo CD has not been read'
  return deployments.map(({ id, at, revisions, planned }) => (
    <span key={id} className="block">
      #{id} <span className="font-mono">{short(revisions)}</span>{' '}
      {planned ? '(the signed revision)' : '(another revision)'} {at && <Time at={at} as="seconds" />}
    </span>
  ))
}

const acts = { find: 'says that it', confirm: 'confirmed that it', decline: 'declined that it' } as const

function Step({ step: { kind, outcome, name, reason, at } }: { step: Closing }) {
  return (
    <li className="px-4 py-2 text-sm">
      <span className="font-medium">{visible(name)}</span> {acts[kind]} {outcomeWords[outcome]}
      {reason && <>: “{visible(reason)}”</>} <Time at={at} as="ago" />
    </li>
  )
}

/** Everything there is to judge by when nobody could tell how a release ended, and the two steps that end it. */
export function Review({ view, review }: { view: ReleaseView; review: ReviewView }) {
  const { release, running } = view
  const { evidence, closings, finding, refusal } = review
  const open = release.state === 'review'
  const last = evidence.answers.at(-1)
  return (
    <Panel title="Review" note={open ? 'two people have to say how it ended' : 'closed by two people'}>
      {open && (
        <Callout tone="attention" title="Nobody can tell how this release ended" className="m-3">
          {release.waitingFor && visible(release.waitingFor)} The worker leaves it alone. Look at Argo CD; one
          person says what happened, a second one confirms exactly that. Neither may have asked for it.
        </Callout>
      )}
      <div className="px-4 py-3">
        <Facts
          facts={[
            ...evidence.intents.map((intent) => ({
              name: `Intent ${intent.n}`,
              value: <Intent intent={intent} />,
            })),
            {
              name: 'Last answer',
              value: last ? (
                <>
                  Argo CD {visible(last.what)} {last.at && <Time at={last.at} as="seconds" />}
                </>
              ) : (
                'none is recorded'
              ),
            },
            { name: 'Operation now', value: <Operation {...evidence} /> },
            { name: 'In its history', value: <Deployments {...evidence} /> },
            {
              name: 'Runs now',
              value: (
                <span className="flex flex-wrap gap-x-3">
                  <span className="font-mono">{visible(running.version ?? short(running.revisions))}</span>
                  <Status look={healthLook(running.health)} />
                  <Status look={syncLook(running.sync)} />
                  <span className="text-ink-muted">
                    seen <Time at={running.observedAt} as="ago" />
                  </span>
                </span>
              ),
            },
          ]}
        />
      </div>
      {closings.length > 0 && (
        <ul aria-label="Steps of the review" className="divide-y divide-line border-line border-t">
          {closings.map((step) => (
            <Step key={step.id} step={step} />
          ))}
        </ul>
      )}
      {open && (
        <CloseReview
          release={release.id}
          refusal={refusal}
          finding={
            finding && {
              id: finding.id,
              outcome: finding.outcome,
              name: finding.name,
              reason: finding.reason,
            }
          }
        />
      )}
    </Panel>
  )
}
