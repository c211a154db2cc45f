import { HeldBack } from '#components/freezes/held.tsx'
import type { ReleaseView } from '#lib/releases/loaders.ts'
import { StaleNotice, SupersededNotice } from './running.tsx'

/** What has to be known before anything else on the page of a release is read. */
export function ReleaseNotices({ view }: { view: ReleaseView }) {
  const { release, running, superseded, freezes, overrideRefusal } = view
  return (
    <>
      <StaleNotice running={running} />
      {release.state === 'requested' && superseded && <SupersededNotice />}
      <HeldBack release={release.id} freezes={freezes} refusal={overrideRefusal} />
    </>
  )
}
