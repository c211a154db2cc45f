import Link from 'next/link'
import { Chip } from '#components/status/status.tsx'
import type { Look } from '#components/status/tones.ts'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { Button } from '#components/ui/button.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { type Control, type Coverage, coverageOf, type Shown } from '#lib/controls/control.ts'
import type { ControlsView } from '#lib/controls/loaders.ts'
import { momentText } from '#lib/past/moment.ts'
import { paths } from '#lib/platform/paths.ts'
import { Day } from './inquiry-filters.tsx'
import { PrintButton } from './print-button.tsx'

const tones = {
  all: { tone: 'positive', glyph: 'ring' },
  part: { tone: 'negative', glyph: 'octagon' },
  none: { tone: 'paused', glyph: 'square' },
  'cannot-tell': { tone: 'neutral', glyph: 'dashed' },
} satisfies Record<Coverage, Omit<Look, 'label'>>

const number = (value: number) => value.toLocaleString('en')

function lookOf(control: Control): Look {
  const { figure } = control
  const label =
    figure === null
      ? 'Cannot tell'
      : figure.m === 0
        ? 'None to judge by'
        : `${number(figure.n)} of ${number(figure.m)}`
  return { ...tones[coverageOf(control)], label }
}

/** The rows behind a figure: the page that lists them, with the same period. */
function hrefOf(
  shown: Shown,
  period: { from?: string | undefined; to?: string | undefined },
): string | undefined {
  if (!shown) return undefined
  switch (shown.to) {
    case 'policies':
      return paths.policies()
    case 'history':
      return paths.history({ ...period, kind: shown.kind, text: shown.text })
    case 'signers':
      return paths.inquiry('signers', period)
    default:
      return paths.inquiry(shown.to, { ...period, kind: shown.kind })
  }
}

function Row({ control, href }: { control: Control; href: string | undefined }) {
  return (
    <li className="grid break-inside-avoid gap-x-4 gap-y-1 px-4 py-3 text-sm md:grid-cols-[2.5rem_15rem_10rem_1fr] print:grid-cols-[2rem_11rem_7rem_1fr]">
      <span className="font-mono text-ink-muted text-xs leading-5">{control.id}</span>
      <span>
        <span className="block font-medium">{control.asks}</span>
        <span className="block text-ink-muted text-xs">{control.source}</span>
      </span>
      <span>
        <Chip look={lookOf(control)} />
      </span>
      <span className="min-w-0">
        {control.says}
        <span className="block text-ink-muted text-xs">
          {control.feature}.{' '}
          {href && (
            <Link href={href} className="text-accent underline print:hidden">
              Show the rows of {control.id}
            </Link>
          )}
        </span>
      </span>
    </li>
  )
}

/** The eighteen controls, each with live figures and the rows behind them. */
export function Controls({ view }: { view: ControlsView }) {
  const { query, from, to, controls, projects, now } = view
  const counted = controls.map(coverageOf)
  const count = (coverage: Coverage) => counted.filter((each) => each === coverage).length
  return (
    <>
      <PageHeader
        breadcrumbs={
          <span className="print:hidden">
            <Breadcrumbs above={[{ label: 'Audit', href: paths.audit() }]} here="Controls" />
          </span>
        }
        title="Controls"
        summary={`${momentText(from)} to ${momentText(to)}`}
        actions={
          <span className="print:hidden">
            <PrintButton />
          </span>
        }
      >
        <p className="text-sm">
          Eighteen controls and what Countersign counts of each: {count('all')} met by everything counted,{' '}
          {count('part')} not by everything, {count('none')} without anything to judge by,{' '}
          {count('cannot-tell')} that it cannot tell. A figure is no judgement of a control.
        </p>
      </PageHeader>
      <search className="contents">
        <form action={paths.controls()} className="flex flex-wrap items-center gap-2 pb-3 print:hidden">
          <Day label="From" name="from" day={query.from} />
          <Day label="To" name="to" day={query.to} />
          <Button type="submit">Filter</Button>
        </form>
      </search>
      <Panel>
        <ol className="divide-y divide-line">
          {controls.map((control) => (
            <Row key={control.id} control={control} href={hrefOf(control.shown, query)} />
          ))}
        </ol>
      </Panel>
      <p className="py-3 text-ink-muted text-xs">
        {projects
          ? `Releases, findings and emergencies of projects ${projects.map(visible).join(', ')}; `
          : 'All projects; '}
        entries, anchors, sign-ins and policies of the whole installation. Page made {now}.
      </p>
    </>
  )
}
