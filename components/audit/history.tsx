import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Chip } from '#components/status/status.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { isNarrowed, textsOf } from '#lib/audit/history.ts'
import type { HistoryView } from '#lib/audit/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { EntryPanel } from './entry-panel.tsx'
import { ExportEvidence } from './export-evidence.tsx'
import { HistoryFilters } from './history-filters.tsx'
import { HistoryCards, HistoryTable } from './history-list.tsx'
import { logWords } from './log-look.ts'
import { NewEntries } from './new-entries.tsx'
import { StreamLine } from './stream-line.tsx'

const formatNames = { csv: 'CSV', jsonl: 'JSON Lines', ocsf: 'OCSF' }
const number = (value: number) => value.toLocaleString('en')

/** The log in words: is it well, what happened, and how far each entry is proved. */
export function History({ view }: { view: HistoryView }) {
  const {
    query,
    ignored,
    page,
    open,
    state,
    choices,
    now,
    exportable,
    exportRefusal,
    wholeLog,
    files,
    stream,
  } = view
  const { tone, glyph, words, at } = logWords(state, now)
  const { entries, next } = page
  const first = entries[0]
  const last = entries.at(-1)
  const narrowed = isNarrowed(query)
  const only = query.release ?? query.application
  return (
    <>
      <PageHeader
        title="History"
        chip={
          <Chip tone={tone} glyph={glyph} className="max-sm:h-auto max-sm:whitespace-normal max-sm:py-0.5">
            {words} {at && <Time at={at} as="ago" />}
          </Chip>
        }
        actions={<ExportEvidence asked={exportable} refusal={exportRefusal} />}
      >
        <p className="text-sm">
          Every entry is sealed in Postgres, then signed and anchored outside of it. This page shows what they
          report and verifies nothing; <code className="font-mono text-ink">npm run verify</code> does. Your
          reading is itself an entry.
          {wholeLog && (
            <>
              {' '}
              Take{' '}
              <a href={paths.api.log()} download className="text-accent underline">
                the whole log
              </a>{' '}
              along, and{' '}
              <a href={paths.api.verifier()} download className="text-accent underline">
                the verifier
              </a>{' '}
              to check it anywhere.
            </>
          )}
        </p>
        {files && (
          <p className="text-ink-muted text-sm">
            What fits the filters, as a file:{' '}
            {files.map(({ format, href }, i) => (
              <span key={format}>
                {i > 0 && ', '}
                <a href={href} download className="text-accent underline">
                  {formatNames[format]}
                </a>
              </span>
            ))}
            . The verifier proves each row again.
          </p>
        )}
        {stream && <StreamLine stream={stream.standing} behind={stream.behind} />}
      </PageHeader>
      <div className="flex flex-wrap items-center gap-2 pb-3">
        <HistoryFilters key={JSON.stringify(query)} query={query} choices={choices} />
        {narrowed && (
          <ButtonLink href={paths.history()} variant="quiet">
            Clear filters
          </ButtonLink>
        )}
      </div>
      <div className="grid gap-3">
        {only && (
          <p className="text-ink-muted text-sm">
            Only entries of {query.release ? 'release' : 'application'}{' '}
            <Link
              href={query.release ? paths.release(only) : paths.application(only)}
              className="font-mono text-accent hover:underline"
            >
              {visible(only)}
            </Link>
          </p>
        )}
        {ignored.length > 0 && (
          <Callout tone="attention" title="Part of the address was not understood">
            Left out: {ignored.map(visible).join(', ')}.
          </Callout>
        )}
        {open && open !== 'not-found' && (
          <EntryPanel entry={open} closeHref={paths.history(textsOf(query, { entry: undefined }))} />
        )}
        {first && query.before === undefined && query.to === undefined && (
          <NewEntries since={first.seq} query={query} />
        )}
        <Panel>
          {entries.length > 0 ? (
            <>
              <HistoryTable entries={entries} query={query} />
              <HistoryCards entries={entries} query={query} />
            </>
          ) : narrowed || query.before !== undefined ? (
            <Empty
              kind="nothing-matches"
              title="No entry matches"
              action={<ButtonLink href={paths.history()}>Clear filters</ButtonLink>}
            >
              The log holds {number(state.size)} entries; none of those you may read fits.
            </Empty>
          ) : (
            <Empty kind="nothing-yet" title="No entries that you may read">
              Each sign-in, plan, release and decision becomes an entry here.
            </Empty>
          )}
        </Panel>
      </div>
      {first && last && (
        <Pager
          summary={`Entries ${number(first.seq)} to ${number(last.seq)}, newest first`}
          previous={query.before === undefined ? undefined : paths.history(textsOf(query, newest))}
          next={next === undefined ? undefined : paths.history(textsOf(query, { ...newest, before: next }))}
        />
      )}
    </>
  )
}

// A log grows at its head, so a page has no fixed one before it: back leads to the newest.
const newest = { before: undefined, entry: undefined }
