import Link from 'next/link'
import { actInWords } from '#components/plans/act-words.ts'
import { commitsInWords } from '#components/plans/plan-words.ts'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { releaseLook } from '#components/status/tones.ts'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { ReleaseView } from '#lib/releases/loaders.ts'
import { approvals } from '#lib/releases/release.ts'
import { Extend } from './extend.tsx'
import { Revoke } from './revoke.tsx'
import { RollbackNotice } from './rollback-notice.tsx'
import { Withdraw } from './withdraw.tsx'
import { place, sentence, standing, stopAfter } from './words.ts'

const back = ({ release }: ReleaseView) =>
  release.state === 'requested'
    ? { label: 'Inbox', href: paths.inbox() }
    : { label: 'Releases', href: paths.releases() }

/** What it stands in the place of, with the reason that had, and what stands in its place. */
function Succession({ view: { supersedes, supersededBy } }: { view: ReleaseView }) {
  return (
    <>
      {supersedes && (
        <p>
          It stands in the place of{' '}
          <Link href={paths.release(supersedes.id)} className="underline">
            a release that went stale
          </Link>
          , for which {visible(supersedes.requester)} asked: “{visible(supersedes.reason)}”
          {stopAfter(supersedes.reason)}
        </p>
      )}
      {supersededBy && (
        <p>
          <Link href={paths.release(supersededBy)} className="underline">
            A newer release
          </Link>{' '}
          stands in its place.
        </p>
      )}
    </>
  )
}

/** Head of a release: what, where, who asked and why, and what it needs from the person who looks. */
export function ReleaseHead({ view }: { view: ReleaseView }) {
  const { release, plan, decisionRefusal, withdrawal } = view
  const { service, environment } = release.application
  const where = visible(place(environment, release.target))
  const requested = release.state === 'requested'
  const unsent = requested || release.state === 'approved'
  const what = `${visible(service)} ${visible(release.version.to)} to ${where}`
  const tally = { approved: approvals(release), required: release.requiredApprovals }
  const { which, after } = standing(tally.approved, tally.required)
  const look = releaseLook(release.state, tally)
  const version = <span className="font-mono">{visible(release.version.to)}</span>
  return (
    <>
      <PageHeader
        breadcrumbs={
          <Breadcrumbs
            above={[back(view)]}
            here={requested ? `${visible(service)} to ${where}` : release.id}
          />
        }
        title={
          requested && release.rollback ? (
            <>
              Roll back {visible(service)} to {version} in {where}
            </>
          ) : (
            <>
              {requested && 'Deploy '}
              {visible(service)} {version} {requested ? 'to' : 'in'} {where}
            </>
          )
        }
        chip={
          <Chip look={look}>
            {look.label}
            {requested && (
              <>
                {' '}
                · expires <Time at={release.notAfter} as="ago" />
              </>
            )}
          </Chip>
        }
        actions={
          unsent && (
            <>
              {view.extendable && (
                <Extend release={release.id} planDigest={plan.digest} until={view.extendable} />
              )}
              {withdrawal && <Withdraw release={release.id} what={what} refusal={withdrawal.refusal} />}
              {view.revocation && (
                <Revoke release={release.id} what={what} refusal={view.revocation.refusal} />
              )}
            </>
          )
        }
      >
        {requested && (
          <p className="text-ink">
            {visible(
              actInWords({
                ...{ service, where: place(environment, release.target), back: release.rollback !== null },
                ...{ document: plan.document, ...tally },
              }),
            )}
            .
          </p>
        )}
        <p>
          {visible(release.requester.name)} asked <Time at={release.createdAt} as="ago" />: “
          {visible(release.reason)}”{release.ticket && <> ({visible(release.ticket)})</>}
          {release.ticket ? '.' : stopAfter(release.reason)}{' '}
          {!requested &&
            (release.rollback
              ? `Takes back ${visible(commitsInWords(plan.document.commits))}.`
              : `${sentence(visible(commitsInWords(plan.document.commits)))}.`)}
        </p>
        {requested && (
          <p>
            {decisionRefusal ?? (
              <>
                You would be the <strong className="font-semibold text-ink">{which}</strong>{' '}
                {which === 'only' ? 'approver' : 'approvers'}; {after}.
              </>
            )}
          </p>
        )}
        {release.ending && <p>{visible(release.ending)}</p>}
        <Succession view={view} />
      </PageHeader>
      <RollbackNotice release={release} />
    </>
  )
}
