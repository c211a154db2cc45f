import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { type FindingRow, kindWords } from '#lib/findings/finding.ts'
import { paths } from '#lib/platform/paths.ts'

/** Findings as rows: what, where, who it says it was, and whether it is closed. */
export function FindingList({ findings }: { findings: readonly FindingRow[] }) {
  return (
    <Rows>
      {findings.map(({ id, kind, sentence, saysWho, foundAt, application, closing }) => (
        <li key={id} className="grid gap-1 px-4 py-3 text-sm">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Link href={paths.finding(id)} className="font-medium text-accent hover:underline">
              {kindWords[kind]}: {visible(application.name)}
            </Link>
            <Chip tone={closing ? 'neutral' : 'attention'}>{closing ? 'Closed' : 'Open'}</Chip>
            <span className="text-ink-muted">
              <Time at={foundAt} as="ago" />
            </span>
          </div>
          <p className="text-ink-muted">
            {visible(sentence)}
            {saysWho && ` It says it was ${visible(saysWho)}.`}
          </p>
        </li>
      ))}
    </Rows>
  )
}
