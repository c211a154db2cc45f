'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { HttpError, postJson } from '#components/shell/fetch-json.ts'
import { newKey } from '#components/shell/new-key.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { paths } from '#lib/platform/paths.ts'

type Side = { application: string; revisions: string[] }

/** The live line tells when they are there; this is for when it is down. */
const lookAgainMs = 3_000

/** Asks the worker for the manifests of both sides, and waits for them. */
export function AskManifests({ left, right, waiting }: { left: Side; right: Side; waiting: boolean }) {
  const router = useRouter()
  const [sending, setSending] = useState(false)
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    if (!waiting) return
    const timer = setInterval(() => router.refresh(), lookAgainMs)
    return () => clearInterval(timer)
  }, [waiting, router])
  const ask = async () => {
    setSending(true)
    setProblem(undefined)
    try {
      await postJson(paths.api.comparisons(), { left, right }, newKey())
      router.refresh()
    } catch (error) {
      setProblem(error instanceof HttpError ? error.message : 'Countersign could not be reached. Try again.')
    } finally {
      setSending(false)
    }
  }
  const known = left.revisions.length > 0 && right.revisions.length > 0
  return (
    <>
      <div>
        <Button
          size="sm"
          loading={sending || waiting}
          onClick={ask}
          {...(!known && { reason: 'The revisions of one side are not known, so nothing can be rendered.' })}
        >
          {waiting ? 'Rendering both sides' : 'Compare manifests'}
        </Button>
      </div>
      {problem !== undefined && (
        <Callout tone="attention" alert title="It was not asked for">
          {problem}
        </Callout>
      )}
    </>
  )
}
