import { ButtonLink } from '#components/ui/button-link.tsx'
import { Panel } from '#components/ui/panel.tsx'
import type { FindingRow } from '#lib/findings/finding.ts'
import { paths } from '#lib/platform/paths.ts'
import { FindingList } from './finding-list.tsx'

/** Releases below them must not sink out of sight. */
const shownMax = 8

/** In the inbox of those who may close them; nothing while none is open. */
export function ToClose({ findings }: { findings: readonly FindingRow[] }) {
  if (findings.length === 0) return null
  return (
    <Panel title="Findings to close" note={findings.length} mine>
      <FindingList findings={findings.slice(0, shownMax)} />
      {findings.length > shownMax && (
        <p className="border-line border-t px-4 py-3">
          <ButtonLink href={paths.findings({ state: 'open' })}>See all open findings</ButtonLink>
        </p>
      )}
    </Panel>
  )
}
