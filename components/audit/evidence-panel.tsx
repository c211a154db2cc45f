import { ButtonLink } from '#components/ui/button-link.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { paths } from '#lib/platform/paths.ts'
import { type AskedEvidence, ExportEvidence } from './export-evidence.tsx'

/** Where evidence of a release or an application is fetched: the signed file, the page to print, what checks the file. */
export function EvidencePanel({ asked, refusal }: { asked: AskedEvidence; refusal: string | undefined }) {
  return (
    <Panel title="Evidence" padded>
      <p className="text-ink-muted text-sm">
        A signed file with every entry and its proof. An auditor checks it offline with{' '}
        <a href={paths.api.verifier()} download className="text-accent underline">
          the verifier
        </a>
        . Each export is itself an entry.
      </p>
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <ExportEvidence asked={asked} refusal={refusal} />
        {asked.kind === 'release' && refusal === undefined && (
          <ButtonLink href={paths.releaseEvidence(asked.release)} variant="quiet">
            Page to print
          </ButtonLink>
        )}
      </div>
    </Panel>
  )
}
