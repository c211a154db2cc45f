import Link from 'next/link'
import { absolute, span } from '#components/shell/relative.ts'
import { Time } from '#components/shell/time.tsx'
import { GlyphMark } from '#components/status/glyphs.tsx'
import { type Glyph, type Tone, toneSoft } from '#components/status/tones.ts'
import { cn } from '#components/ui/cn.ts'
import { Empty } from '#components/ui/empty.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import { words } from '#lib/deployments/deployment.ts'
import type { GridCell, Lane, Move } from '#lib/past/grid.ts'
import type { Grid, GridLine } from '#lib/past/grid-read.ts'
import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'
import { paths } from '#lib/platform/paths.ts'
import { authorName } from './author.ts'

type Props = { service: string; grid: Grid; at: Instant; next: string | undefined }

const laneName = ({ environment, target }: Lane) =>
  visible([environment, target].filter(Boolean).join(' ')) || 'unmapped'

/** Every version of a service, the newest first, and what it was in each environment. */
export function HistoryGrid({ service, grid, at, next }: Props) {
  const { lanes, lines } = grid
  return (
    <Panel className="mt-4" title="History" note="versions, the one deployed last first" id="history">
      {lines.length === 0 ? (
        <Empty kind="nothing-yet" title="No deployment is known">
          The next one that Argo CD completes stands here.
        </Empty>
      ) : (
        <Table caption={`Versions of ${visible(service)} in every environment`} list>
          <Thead>
            <Th>Version</Th>
            {lanes.map((lane) => (
              <Th key={lane.application} title={visible(lane.name)}>
                {laneName(lane)}
              </Th>
            ))}
          </Thead>
          <tbody>
            {lines.map((line) => (
              <Tr key={line.key}>
                <Td row className="min-w-56 max-w-md align-top">
                  <Version line={line} />
                </Td>
                {line.cells.map((cell, index) => (
                  <Td key={lanes[index]?.application} className="whitespace-nowrap align-top">
                    <Cell cell={cell} at={at} />
                  </Td>
                ))}
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
      {next !== undefined && (
        <div className="px-4">
          <Pager summary={`${lines.length} versions on this page`} next={next} />
        </div>
      )}
    </Panel>
  )
}

const short = (revision: string) => (/^[0-9a-f]{40,64}$/.test(revision) ? revision.slice(0, 7) : revision)

function Version({ line }: { line: GridLine }) {
  const { version, revisions, commits, last } = line
  const [newest, ...more] = commits
  const others = revisions.length - commits.length
  return (
    <div className="grid gap-0.5">
      <span className="flex flex-wrap items-baseline gap-x-2">
        <span className="break-all font-mono text-ink">
          {version === null ? revisions.map(short).map(visible).join(' · ') : visible(version)}
        </span>
        {version !== null && newest && (
          <span className="font-mono text-ink-faint text-xs" title={newest.sha}>
            {short(newest.sha)}
          </span>
        )}
        <span className="text-ink-faint text-xs">
          <Time at={last} as="ago" />
        </span>
      </span>
      <span className="text-ink-muted text-xs">
        {newest ? (
          <>
            {visible(newest.subject) || 'no subject'}, {authorName(newest.author)}
            {more.length > 0 && ` and ${more.length} more ${more.length === 1 ? 'commit' : 'commits'}`}
          </>
        ) : (
          'its commit is not known'
        )}
        {newest !== undefined && others > 0 && `; ${others} not known`}
      </span>
    </div>
  )
}

type Drawn = { tone: Tone; glyph: Glyph; word: string }
const drawn = {
  live: { tone: 'positive', glyph: 'disc', word: 'live' },
  'in-flight': { tone: 'active', glyph: 'arc', word: 'in flight' },
  'was-here': { tone: 'neutral', glyph: 'ring', word: 'was here' },
  failed: { tone: 'negative', glyph: 'octagon', word: 'failed' },
} as const satisfies Record<string, Drawn>

/** Times and causes, in full, on hover. */
function about({ from, to, kind, cause, actor, knownFrom, message }: Move, times: number): string {
  const until = to === null ? 'now' : absolute(to, 'UTC')
  return [
    kind === 'failed' ? `began ${absolute(from, 'UTC')}` : `${absolute(from, 'UTC')} until ${until}`,
    `${words.cause[cause]}${actor === null ? '' : `: ${visible(actor)}`}`,
    knownFrom === null ? null : words.knownFrom[knownFrom],
    times > 1 ? `${times} times, this is the last` : null,
    message === null ? null : visible(message).slice(0, 300),
  ]
    .filter((each) => each !== null)
    .join('\n')
}

function Cell({ cell, at }: { cell: GridCell; at: Instant }) {
  if (cell.kind === 'none')
    return (
      <span className="text-ink-faint">
        <span aria-hidden="true">–</span>
        <span className="sr-only">not here</span>
      </span>
    )
  if (cell.kind === 'skipped' || cell.kind === 'cannot-tell')
    return (
      <Mark
        tone={cell.kind === 'skipped' ? 'paused' : 'neutral'}
        glyph={cell.kind === 'skipped' ? 'square' : 'dashed'}
      >
        <span
          title={
            cell.kind === 'skipped'
              ? 'A later version went here without this one ever running'
              : 'A later version went here; whether this one ever ran, nobody saw'
          }
        >
          {cell.kind === 'skipped' ? 'skipped' : 'cannot tell'}
        </span>
      </Mark>
    )
  const { kind, move, times } = cell
  const { tone, glyph, word } = drawn[kind]
  const lasted = span(millisecondsBetween(move.from, move.to ?? at) / 1000)
  const text = kind === 'was-here' ? `was here ${lasted}` : kind === 'live' ? `live for ${lasted}` : word
  const mark = (
    <Mark tone={tone} glyph={glyph}>
      <span title={about(move, times)}>{lasted === 'now' && kind !== 'failed' ? word : text}</span>
    </Mark>
  )
  return move.release === null ? (
    mark
  ) : (
    <Link
      href={paths.release(move.release)}
      prefetch={false}
      className="inline-block rounded-sm underline decoration-line-strong underline-offset-2 hover:decoration-current"
    >
      {mark}
      <span className="sr-only">, its release</span>
    </Link>
  )
}

function Mark({ tone, glyph, children }: { tone: Tone; glyph: Glyph; children: React.ReactNode }) {
  return (
    <span
      className={cn(
        'inline-flex h-5 items-center gap-1 rounded-sm px-1.5 font-medium text-xs forced-colors:border',
        toneSoft[tone],
      )}
    >
      <GlyphMark glyph={glyph} className="size-3.5" />
      {children}
    </span>
  )
}
