'use client'

import { useState, useSyncExternalStore } from 'react'
import { acknowledged, subscribeAcknowledged } from '#components/plans/acknowledged.ts'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import { shortDigest } from '#lib/plans/plan.ts'
import { paths } from '#lib/platform/paths.ts'

type Member = { release: string; name: string; plan: string }
type Props = {
  train: string
  digest: string
  members: readonly Member[]
  refusal: string | undefined
  rejectionRefusal: string | undefined
}
type Kind = 'approve' | 'reject'

/** The first member whose changes the viewer has not said to have read. */
const useUnread = (members: readonly Member[]): string | undefined =>
  useSyncExternalStore(
    subscribeAcknowledged,
    () => members.find(({ plan }) => acknowledged(plan) === null)?.name,
    () => members[0]?.name,
  )

/** One decision on every release of a train that waits; each one's changes are read first, on its own page. */
export function DecideTrain(props: Props) {
  const { digest, members, refusal, rejectionRefusal } = props
  const [kind, setKind] = useState<Kind>()
  const unread = useUnread(members)
  const missing =
    unread && `First read the changes of ${visible(unread)} on its page, and say there that you have.`
  return (
    <div className="flex flex-wrap items-center gap-3 text-sm">
      <p className="mr-auto text-ink-muted">
        {refusal ?? missing ?? (
          <>
            You sign{' '}
            <span title={digest} className="font-mono text-ink">
              train {shortDigest(digest)}
            </span>
            : {members.length} plans in their order.
          </>
        )}
      </p>
      <Button variant="danger" reason={rejectionRefusal} onClick={() => setKind('reject')}>
        Reject all…
      </Button>
      <Button variant="primary" reason={refusal ?? missing} onClick={() => setKind('approve')}>
        Approve all…
      </Button>
      {kind && <DecisionDialog {...props} kind={kind} close={() => setKind(undefined)} />}
    </div>
  )
}

function DecisionDialog({
  train,
  members,
  kind,
  close,
  ...props
}: Props & { kind: Kind; close: () => void }) {
  // What was on the screen when the dialog opened is what is signed.
  const [digest] = useState(props.digest)
  const [comment, setComment] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const approving = kind === 'approve'
  const missing = !approving && comment.trim().length < 3 ? 'Say why.' : undefined
  async function confirm() {
    const read = members.flatMap(({ plan }) => {
      const at = acknowledged(plan)
      return at === null ? [] : [{ plan, at }]
    })
    const body = {
      ...{ kind, digest, acknowledged: approving ? read : [] },
      ...(comment.trim() && { comment: comment.trim() }),
    }
    if (!(await act(paths.api.trainDecisions(train), body))) return
    announce(approving ? 'The train is approved.' : 'The train is rejected.')
    close()
  }
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && close()}
      focus="cancel"
      busy={pending}
      title={approving ? 'Approve all of this train' : 'Reject all of this train'}
      description={`${members.length} releases: ${members.map(({ name }) => visible(name)).join(', ')}. All of them, or none.`}
      actions={
        <Button
          variant={approving ? 'primary' : 'danger'}
          loading={pending}
          reason={pending ? undefined : missing}
          onClick={confirm}
        >
          {approving ? 'Approve all' : 'Reject all'}
        </Button>
      }
    >
      <div className="grid gap-3">
        <Field label={approving ? 'Comment (optional)' : 'Why'}>
          <Textarea
            value={comment}
            maxLength={2000}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
        </Field>
        {refusal && (
          <Callout tone="negative" alert title="Not recorded">
            {refusal}
          </Callout>
        )}
      </div>
    </Dialog>
  )
}
