import { RefreshOn } from '#components/shell/live.tsx'
import type { ReleaseView } from '#lib/releases/loaders.ts'

/** Draws a release anew when it, its application or the environment before it changed. */
export function ReleaseRefresh({ view: { release, before } }: { view: ReleaseView }) {
  const names = [{ release: release.id }, { application: release.application.id }]
  return <RefreshOn names={before ? [...names, { application: before }] : names} />
}
