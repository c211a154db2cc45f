import { Time } from '#components/shell/time.tsx'
import { Chip, Status } from '#components/status/status.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { stacked } from '#components/ui/stacked.ts'
import { Table, Td, Th, Thead } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import type { VerdictView } from '#lib/verdicts/loaders.ts'
import { deciding, type SignalVerdict, type Verdict } from '#lib/verdicts/verdict.ts'
import {
  answerLook,
  checkpointWords,
  comparedWords,
  effectWords,
  limitWords,
  signalWords,
} from './verdict-words.ts'
import { measure } from './words.ts'

/** Whether a release did harm, with what that rests on; before the first checkpoint, when it will be said. */
export function VerdictPanel({ view }: { view: VerdictView }) {
  const { newest, checkpoints, measured } = view
  return (
    <Panel
      id="verdict"
      title="Did it do harm?"
      note={newest ? `after ${checkpointWords[newest.checkpoint]}` : undefined}
      aside={newest && <Chip look={answerLook[newest.answer]} />}
      padded
    >
      <div className="grid gap-4 text-sm">
        {newest ? (
          <Found verdict={newest.verdict} />
        ) : (
          <p className="text-ink-muted">
            {measured ? (
              <>
                Not judged yet. The first look is <Time at={checkpoints[0]?.dueAt ?? ''} as="ago" />, with
                what was measured by then.
              </>
            ) : (
              'Nobody can tell: no metrics are configured. An administrator sets signals.metrics in countersign.yaml.'
            )}
          </p>
        )}
        {measured && <Checkpoints view={view} />}
      </div>
    </Panel>
  )
}

function Found({ verdict }: { verdict: Verdict }) {
  const { events, beside, signals } = verdict
  return (
    <>
      {events.map((event) => (
        <p key={`${event.kind} ${event.atMs}`}>
          <Status look={answerLook.worse} /> <Time at={new Date(event.atMs).toISOString()} as="clock" />:{' '}
          {visible(event.text)}
        </p>
      ))}
      {signals.length === 0 ? (
        <p className="text-ink-muted">
          No metrics of this application were found, so nothing could be compared.
        </p>
      ) : (
        <Table caption="What was compared" className={stacked}>
          <Thead>
            <Th>Signal</Th>
            <Th>Before</Th>
            <Th>After</Th>
            <Th>Change by the release</Th>
            <Th>Compared</Th>
          </Thead>
          <tbody>
            {signals.map((each) => (
              <Signal key={each.signal} of={each} />
            ))}
          </tbody>
        </Table>
      )}
      {beside.length > 0 && (
        <ul className="grid gap-1 text-ink-muted">
          {beside.map((each) => (
            <li key={each}>{visible(each)}</li>
          ))}
        </ul>
      )}
    </>
  )
}

function Signal({ of }: { of: SignalVerdict }) {
  const limit = limitWords(of)
  return (
    <tr>
      <Td data-column="Signal">
        <div className="grid gap-0.5">
          {signalWords[of.signal]}
          <Status look={answerLook[of.answer]}>
            {deciding.includes(of.signal) ? undefined : 'for information'}
          </Status>
        </div>
      </Td>
      <Td data-column="Before">{measure(of.before, of.unit)}</Td>
      <Td data-column="After">{measure(of.after, of.unit)}</Td>
      <Td data-column="Change by the release">{effectWords(of)}</Td>
      <Td data-column="Compared" className="whitespace-normal text-ink-muted">
        {comparedWords(of)}
        {limit && <span className="block text-xs">{limit}</span>}
      </Td>
    </tr>
  )
}

function Checkpoints({ view: { checkpoints } }: { view: VerdictView }) {
  return (
    <ul aria-label="When it is judged" className="flex flex-wrap gap-x-6 gap-y-2">
      {checkpoints.map(({ checkpoint, kept, dueAt }) => (
        <li key={checkpoint} className="grid gap-0.5">
          <span className="text-ink-muted text-xs">{checkpointWords[checkpoint]} after</span>
          {kept ? (
            <Status look={answerLook[kept.answer]} />
          ) : (
            <span className="text-ink-muted text-xs">
              due <Time at={dueAt} as="ago" />
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}
