import { EmergencyNotice } from '#components/emergencies/emergency-notice.tsx'
import { HeldBack } from '#components/freezes/held.tsx'
import { StandardChangeNotice } from '#components/standard-changes/notice.tsx'
import type { EmergencyView } from '#lib/emergencies/loaders.ts'
import type { ReleaseView } from '#lib/releases/loaders.ts'
import type { StandardChange } from '#lib/standard-changes/standard-change.ts'
import { StaleNotice, SupersededNotice } from './running.tsx'

type Props = { view: ReleaseView; emergency: EmergencyView | null; standing: StandardChange | undefined }

/** What has to be known before anything else on the page of a release is read. */
export function ReleaseNotices({ view, emergency, standing }: Props) {
  const { release, running, superseded, newer, freezes, overrideRefusal } = view
  return (
    <>
      <StandardChangeNotice of={standing} />
      <EmergencyNotice view={emergency} planDigest={release.planDigest} />
      <StaleNotice running={running} />
      {release.state === 'requested' && superseded && <SupersededNotice release={release.id} newer={newer} />}
      <HeldBack release={release.id} freezes={freezes} refusal={overrideRefusal} />
    </>
  )
}
