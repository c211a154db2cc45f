import { Time } from '#components/shell/time.tsx'
import { GlyphMark } from '#components/status/glyphs.tsx'
import { Status } from '#components/status/status.tsx'
import { type Look, toneText } from '#components/status/tones.ts'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Overview } from '#lib/applications/loaders.ts'
import { isFailedStep, type Step } from '#lib/applications/resource.ts'
import { operationLook, stepLook } from './look.ts'

type Operation = NonNullable<Overview['operation']>

/** Steps drawn at once; the others wait behind a line that says how many. */
const drawnMax = 12

function Line({ step }: { step: Step }) {
  const look: Look = stepLook(step.result)
  const place = [step.phase, step.wave === 0 ? '' : `wave ${step.wave}`, step.hook ? 'hook' : '']
  return (
    <li className="grid grid-cols-[1rem_1fr] gap-x-3 px-4 py-1 text-sm">
      <span className="flex h-[1.125rem] items-center">
        {look.glyph && <GlyphMark glyph={look.glyph} className={toneText[look.tone]} />}
      </span>
      <div className="min-w-0">
        <p className="break-words">
          {visible(step.kind)} <span className="font-medium">{visible(step.name)}</span>{' '}
          <span className="text-ink-muted">
            {visible(look.label)} · {visible(place.filter(Boolean).join(', '))}
          </span>
        </p>
        {step.message && <p className="break-words text-ink-muted text-xs">{visible(step.message)}</p>}
      </div>
    </li>
  )
}

function Steps({ steps }: { steps: readonly Step[] }) {
  const failed = steps.filter(isFailedStep)
  const others = steps.filter((step) => !isFailedStep(step))
  const drawn = [...failed, ...others].slice(0, Math.max(drawnMax, failed.length))
  const rest = steps.length - drawn.length
  return (
    <>
      <ol aria-label="Steps of the operation" className="py-2">
        {drawn.map((step) => (
          <Line key={step.key} step={step} />
        ))}
      </ol>
      {rest > 0 && (
        <details className="border-line border-t text-sm">
          <summary className="px-4 py-2 text-ink-muted hover:text-ink">{rest} more steps</summary>
          <ol className="pb-2">
            {[...failed, ...others].slice(drawn.length).map((step) => (
              <Line key={step.key} step={step} />
            ))}
          </ol>
        </details>
      )}
    </>
  )
}

function who({ initiatedBy }: Operation): string {
  if (initiatedBy.automated) return 'automatic'
  return initiatedBy.username
    ? `by ${visible(initiatedBy.username)}, as Argo CD wrote down`
    : 'by nobody it names'
}

const asked = ({ request }: Operation): string =>
  [
    request.dryRun && 'dry run',
    request.partial && 'only some resources',
    request.localManifests && 'manifests that are not in Git',
    request.prune && 'prunes',
    request.strategy === 'apply' && 'without hooks',
  ]
    .filter(Boolean)
    .join(', ')

/** The operation in flight, or the last one where it failed: in the words of Argo CD, step by step. */
export function OperationPanel({ operation }: { operation: Operation }) {
  const { phase, startedAt, finishedAt, retryCount, waitingForRetry, inFlight, message, request, steps } =
    operation
  const words = asked(operation)
  return (
    <Panel
      id="operation"
      title={inFlight ? 'Operation in flight' : 'Last operation'}
      note={<Status look={operationLook(waitingForRetry ? 'Waiting for a retry' : phase)} />}
      aside={
        startedAt && (
          <>
            began <Time at={startedAt} as="ago" />
            {!inFlight && finishedAt && (
              <>
                , ended <Time at={finishedAt} as="ago" />
              </>
            )}
          </>
        )
      }
    >
      <div className="grid gap-1 px-4 py-3 text-sm">
        {message && <p className="max-h-48 overflow-auto break-words">{visible(message)}</p>}
        <p className="text-ink-muted">
          {who(operation).replace(/^./, (letter) => letter.toUpperCase())}
          {words && `; ${words}`}
          {(retryCount > 0 || request.retryLimit !== 0) &&
            `; retry ${retryCount}${request.retryLimit < 0 ? ', without an end' : ` of ${request.retryLimit}`}`}
          .
        </p>
      </div>
      {steps.length > 0 && (
        <div className="border-line border-t">
          <Steps steps={steps} />
        </div>
      )}
    </Panel>
  )
}
