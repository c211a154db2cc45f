'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Checkbox, Field, Input, Select, Textarea } from '#components/ui/field.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { TrainCandidate } from '#lib/trains/data.ts'

type Props = { candidates: readonly TrainCandidate[]; refusal: string | undefined; cut: boolean }

const stageChoices = [1, 2, 3, 4, 5, 6]

/** Which applications, in which stage, how many at once, and why. */
export function TrainForm({ candidates, refusal: refused, cut }: Props) {
  const router = useRouter()
  const [stages, setStages] = useState<Readonly<Record<string, number>>>({})
  const [parallel, setParallel] = useState(1)
  const [reason, setReason] = useState('')
  const [ticket, setTicket] = useState('')
  const [done, setDone] = useState(false)
  const { act, refusal, pending } = useAct()
  const chosen = candidates.filter(({ application }) => stages[application] !== undefined)
  const missing =
    refused ??
    (chosen.length < 2
      ? 'Choose at least two applications.'
      : reason.trim().length < 3
        ? 'Say why they go together.'
        : undefined)

  const choose = (application: string, stage: number | undefined) =>
    setStages(({ [application]: _was, ...others }) =>
      stage === undefined ? others : { ...others, [application]: stage },
    )
  async function request() {
    const made = await act<{ id: string }>(paths.api.trains(), {
      members: chosen.map(({ application, plan }) => ({
        application,
        plan,
        stage: stages[application] ?? 1,
      })),
      parallel,
      reason: reason.trim(),
      ...(ticket.trim() && { ticket: ticket.trim() }),
    })
    if (!made) return
    setDone(true)
    router.push(paths.train(made.id))
  }

  return (
    <div className="grid gap-4">
      <Panel title="Applications" note={chosen.length > 0 ? `${chosen.length} chosen` : undefined}>
        <Rows>
          {candidates.map((each) => (
            <Candidate
              key={each.application}
              of={each}
              stage={stages[each.application]}
              choose={(stage) => choose(each.application, stage)}
            />
          ))}
        </Rows>
        {cut && <p className="px-4 py-3 text-ink-muted text-sm">There are more than are shown here.</p>}
      </Panel>
      <Panel title="Journey" padded>
        <div className="grid max-w-xl gap-4">
          <Field
            label="Under way at once"
            hint="Of one stage. The next begins when all of a stage are released and healthy."
          >
            <Select value={parallel} onChange={(event) => setParallel(Number(event.currentTarget.value))}>
              {[1, 2, 3, 5, 10].map((count) => (
                <option key={count} value={count}>
                  {count}
                </option>
              ))}
            </Select>
          </Field>
          <Field label="Reason" hint="Why together, why now? Approvers read it first, and the log keeps it.">
            <Textarea
              value={reason}
              maxLength={2000}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </Field>
          <Field label="Ticket" optional>
            <Input
              value={ticket}
              maxLength={200}
              autoComplete="off"
              onChange={(event) => setTicket(event.currentTarget.value)}
            />
          </Field>
          {refusal && (
            <Callout tone="negative" alert title="Not requested">
              {refusal}
            </Callout>
          )}
          <div>
            <Button
              variant="primary"
              loading={pending || done}
              reason={pending || done ? undefined : missing}
              onClick={request}
            >
              Request train
            </Button>
          </div>
        </div>
      </Panel>
    </div>
  )
}

type CandidateProps = {
  of: TrainCandidate
  stage: number | undefined
  choose: (stage: number | undefined) => void
}

function Candidate({ of, stage, choose }: CandidateProps) {
  const { application, name, version } = of
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2 text-sm">
      <Checkbox
        label={visible(name)}
        checked={stage !== undefined}
        onChange={(event) => choose(event.currentTarget.checked ? 1 : undefined)}
        className="grow basis-full sm:basis-auto"
      />
      <Link href={paths.application(application)} className="font-mono text-accent text-xs hover:underline">
        {visible(`${version.from ?? 'nothing'} → ${version.to ?? 'unknown'}`)}
        <span className="sr-only"> of {visible(name)}</span>
      </Link>
      <div className="ml-auto flex items-center gap-2 text-ink-muted">
        <span aria-hidden="true">Stage</span>
        <Select
          aria-label={`Stage of ${visible(name)}`}
          value={stage ?? 1}
          disabled={stage === undefined}
          onChange={(event) => choose(Number(event.currentTarget.value))}
        >
          {stageChoices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </Select>
      </div>
    </li>
  )
}
