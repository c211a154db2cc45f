import Link from 'next/link'
import type { ReactNode } from 'react'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { type Look, releaseLook } from '#components/status/tones.ts'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import { kindWords, type Line, type ProofEntry, type Question } from '#lib/inquiries/inquiry.ts'
import { paths } from '#lib/platform/paths.ts'
import { endStates, openStates, type ReleaseState } from '#lib/releases/release.ts'

const link = 'text-accent hover:underline'
const heads: Record<Question, readonly string[]> = {
  changes: ['When', 'Change', 'Asked by', 'Signed by', 'Outcome', 'Proof'],
  signers: ['Asked at', 'Release', 'Asked by', 'Signed by', 'Policy then', 'Proof'],
  exceptions: ['Since', 'Exception', 'By', 'Closed by', 'Clock and closure', 'Proof'],
  moment: ['Since', 'What ran', 'Asked by', 'Signed by', 'By which approval', 'Proof'],
}

const shownEntries = 3

/** Entries by number; each opens with its bytes and hashes in the history. */
export function Proofs({ entries, evidence }: { entries: readonly ProofEntry[]; evidence?: string | null }) {
  const shown = entries.length > shownEntries + 1 ? [entries[0], ...entries.slice(-shownEntries)] : entries
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-2 gap-y-1">
      {entries.length === 0 && <span className="text-ink-muted">No entry</span>}
      {shown.map(
        (entry) =>
          entry && (
            <Link
              key={entry.seq}
              href={paths.history({ entry: String(entry.seq) })}
              title={`${entry.type}, leaf ${entry.leaf}`}
              className={`inline-flex min-h-6 min-w-6 items-center font-mono text-xs ${link}`}
            >
              {entry.seq}
            </Link>
          ),
      )}
      {shown.length < entries.length && (
        <span className="text-ink-muted text-xs">and {entries.length - shown.length} between</span>
      )}
      {evidence && (
        <Link href={paths.releaseEvidence(evidence)} className={link}>
          Evidence
        </Link>
      )}
    </span>
  )
}

const isReleaseState = (state: string): state is ReleaseState =>
  [...openStates, ...endStates].some((known) => known === state)

const lookOf = ({ state, tone }: Line): Look =>
  isReleaseState(state)
    ? releaseLook(state)
    : {
        tone,
        glyph: tone === 'negative' ? 'octagon' : tone === 'attention' ? 'triangle' : 'disc',
        label: state.length > 40 ? `${state.slice(0, 39)}…` : state,
      }

/** What a line is about, and where it stands. */
function Subject({ line, question }: { line: Line; question: Question }) {
  const { application, what, release, finding, kind } = line
  const href = release
    ? paths.release(release)
    : finding
      ? paths.finding(finding)
      : kind === 'policy'
        ? paths.policies()
        : application && paths.application(application.id)
  const where = application
    ? `${application.service} to ${application.environment || application.name}`
    : (kindWords[kind] ?? kind)
  return (
    <>
      {href ? (
        <Link href={href} className="font-medium text-ink hover:underline">
          {visible(where)}
        </Link>
      ) : (
        visible(where)
      )}{' '}
      {question === 'exceptions' ? (
        <span className="block max-w-[48ch] text-ink-muted text-xs [overflow-wrap:anywhere]">
          {kindWords[kind] ?? kind}: {visible(what)}
        </span>
      ) : (
        <>
          <span className="font-mono text-xs [overflow-wrap:anywhere]">{visible(what)}</span>
          {kind !== 'release' && kind !== 'running' && (
            <span className="block text-ink-muted text-xs">{kindWords[kind] ?? kind}</span>
          )}
        </>
      )}
    </>
  )
}

function Outcome({ line, question }: { line: Line; question: Question }) {
  return (
    <span className="inline-grid justify-items-start gap-0.5">
      {question !== 'signers' && <Chip look={lookOf(line)} />}
      {line.note && (
        <span className="text-ink-muted text-xs [overflow-wrap:anywhere]">{visible(line.note)}</span>
      )}
    </span>
  )
}

const people = (names: readonly string[]): ReactNode =>
  names.length === 0 ? <span className="text-ink-muted">Nobody</span> : names.map(visible).join(', ')

const asked = (line: Line): ReactNode =>
  line.asked ? visible(line.asked) : <span className="text-ink-muted">Not known</span>

type LinesProps = {
  question: Question
  lines: readonly Line[]
  /** Where a release's signers are asked about, on the page that does. */
  signersHref?: ((release: string) => string) | undefined
}

/** Answers as a table on wide screens and paper, as cards on a phone. */
export function InquiryLines({ question, lines, signersHref }: LinesProps) {
  return (
    <>
      <div className="max-md:hidden print:block">
        <Table caption="Answers" list>
          <Thead>
            {heads[question].map((head) => (
              <Th key={head}>{head}</Th>
            ))}
          </Thead>
          <tbody>
            {lines.map((line) => (
              <Tr key={`${line.kind}-${line.id}`} className="align-top">
                <Td className="whitespace-nowrap">
                  <Time at={line.at} as="clock" />
                </Td>
                <Td row>
                  <Subject line={line} question={question} />
                </Td>
                <Td>{asked(line)}</Td>
                <Td>{people(line.signed)}</Td>
                <Td>
                  <Outcome line={line} question={question} />
                  {signersHref && line.release && (
                    <Link href={signersHref(line.release)} scroll={false} className={`block text-xs ${link}`}>
                      Who could sign
                    </Link>
                  )}
                </Td>
                <Td>
                  <Proofs entries={line.entries} evidence={line.release} />
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </div>
      <ul className="divide-y divide-line md:hidden print:hidden">
        {lines.map((line) => (
          <li key={`${line.kind}-${line.id}`} className="grid gap-1 px-4 py-3 text-sm">
            <div>
              <Subject line={line} question={question} />
            </div>
            <div className="text-ink-muted">
              <Time at={line.at} as="clock" /> · asked by {asked(line)} · signed by {people(line.signed)}
            </div>
            <Outcome line={line} question={question} />
            {signersHref && line.release && (
              <Link href={signersHref(line.release)} className={link}>
                Who could sign
              </Link>
            )}
            <Proofs entries={line.entries} evidence={line.release} />
          </li>
        ))}
      </ul>
    </>
  )
}
