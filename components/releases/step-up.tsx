'use client'

import { useEffect, useEffectEvent, useState } from 'react'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { paths } from '#lib/platform/paths.ts'
import { type StepUpProblem, stepUpProblems, stepUpProblemWords } from '#lib/step-ups/step-up.ts'

/** How somebody came back from confirming who they are. `kept` is what they had written before they left. */
export type StepUpReturn = {
  confirmed: string | undefined
  problem: StepUpProblem | undefined
  kept: Record<string, string>
}

const slot = (about: string) => `countersign.step-up.${about}`

function readKept(about: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(slot(about)) ?? '{}')
    return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {}
  } catch {
    // Storage that is switched off or holds something else: the text is gone, the confirmation is not.
    return {}
  }
}

/** Calls `onReturn` once when this page was reached by the way back from the provider; takes that out of the address. */
export function useStepUpReturn(about: string, onReturn: (back: StepUpReturn) => void) {
  const returned = useEffectEvent(onReturn)
  useEffect(() => {
    const query = new URLSearchParams(location.search)
    const [confirmed, code] = [query.get('confirmed') ?? undefined, query.get('unconfirmed') ?? undefined]
    if (!confirmed && !code) return
    history.replaceState(null, '', location.pathname)
    const problem = code ? (stepUpProblems.find((known) => known === code) ?? 'failed') : undefined
    returned({ confirmed, problem, kept: readKept(about) })
  }, [about])
}

/** Sends a person to the provider, for one act; `keep` is there again when they come back. */
export function useStepUp(about: string) {
  const { act, refusal, pending } = useAct()
  const [leaving, setLeaving] = useState(false)
  useEffect(() => {
    const stay = () => setLeaving(false)
    addEventListener('pageshow', stay)
    return () => removeEventListener('pageshow', stay)
  }, [])
  async function leave(body: Record<string, string>, keep: Record<string, string>) {
    const answer = await act<{ address: string }>(paths.api.stepUps(), body)
    if (!answer) return
    setLeaving(true)
    try {
      sessionStorage.setItem(slot(about), JSON.stringify(keep))
    } catch {
      // As above.
    }
    location.assign(answer.address)
  }
  const forget = () => {
    try {
      sessionStorage.removeItem(slot(about))
    } catch {
      // As above.
    }
  }
  return { leave, forget, refusal, pending: pending || leaving }
}

/** In the dialog: what the next step is, or how the last one ended. */
export function StepUpNotice({
  confirmed,
  problem,
}: {
  confirmed: boolean
  problem: StepUpProblem | undefined
}) {
  if (confirmed)
    return (
      <Callout tone="positive" title="You confirmed who you are">
        It holds for this only, for five minutes.
      </Callout>
    )
  return (
    <>
      {problem && (
        <Callout tone="negative" alert title="Not confirmed">
          {stepUpProblemWords[problem]}
        </Callout>
      )}
      <Callout tone="neutral" title="First, confirm who you are">
        You sign in once more, for this only, and come back here. What you write stays.
      </Callout>
    </>
  )
}
