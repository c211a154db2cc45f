'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Button } from '#components/ui/button.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { paths } from '#lib/platform/paths.ts'
import type { Verdict } from '#lib/samples/sample.ts'

type NoteFormProps = { sample: string; n: number; verdicts: readonly { value: Verdict; label: string }[] }

/** What the auditor found on one item. A later finding takes the place of an earlier one, which stays in the log. */
export function NoteForm({ sample, n, verdicts }: NoteFormProps) {
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  const [words, setWords] = useState('')
  const [wanting, setWanting] = useState<Verdict>()
  const short = words.trim().length < 3
  const problem = wanting && wanting !== 'ok' && short ? 'Say why in a few words.' : undefined
  async function note(verdict: Verdict) {
    setWanting(verdict)
    if (verdict !== 'ok' && short) return
    const body = { n, verdict, ...(words.trim() && { words: words.trim() }) }
    if (!(await act(paths.api.sampleNotes(sample), body))) return
    setWords('')
    setWanting(undefined)
    announce(`Item ${n} is noted.`)
  }
  return (
    <div className="grid gap-2 print:hidden">
      <Field label={`Finding on item ${n}`} error={problem}>
        <Textarea
          rows={2}
          value={words}
          maxLength={2000}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
      </Field>
      <div className="flex flex-wrap items-center gap-2">
        {verdicts.map(({ value, label }) => (
          <Button key={value} loading={pending && wanting === value} onClick={() => note(value)}>
            {label}
          </Button>
        ))}
        {refusal && (
          <span role="alert" className="text-negative text-sm">
            {refusal}
          </span>
        )}
      </div>
    </div>
  )
}
