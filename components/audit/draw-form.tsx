'use client'

import { useRouter } from 'next/navigation'
import { type SubmitEvent, useState } from 'react'
import { useAct } from '#components/shell/use-act.ts'
import { Button } from '#components/ui/button.tsx'
import { Field, Input } from '#components/ui/field.tsx'
import { paths } from '#lib/platform/paths.ts'

type DrawFormProps = {
  kinds: readonly { value: string; label: string }[]
  environments: readonly string[]
  /** The first and last day of the period that is offered. */
  from: string
  to: string
  refusal: string | undefined
}

const box =
  'h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2 text-base text-ink pointer-coarse:h-11 max-sm:text-lg'
const text = (data: FormData, name: string) => String(data.get(name) ?? '').trim() || undefined

/** Names a population, a size and, if somebody wants a certain one, a seed; Postgres draws. */
export function DrawForm({ kinds, environments, from, to, refusal: refused }: DrawFormProps) {
  const router = useRouter()
  const { act, refusal, pending } = useAct()
  const [size, setSize] = useState('25')
  const wrong = /^\d+$/.test(size) && Number(size) >= 1 && Number(size) <= 200 ? undefined : 'From 1 to 200.'
  async function draw(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (wrong || refused) return
    const data = new FormData(event.currentTarget)
    const made = await act<{ id: string }>(paths.api.samples(), {
      ...{ kind: text(data, 'kind'), from: text(data, 'from'), to: text(data, 'to'), size: Number(size) },
      environment: text(data, 'environment'),
      project: text(data, 'project'),
      seed: text(data, 'seed'),
    })
    if (made) router.push(paths.sample(made.id))
  }
  return (
    <form onSubmit={draw} className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
      <label className="grid gap-1.5 font-medium text-sm sm:col-span-2">
        Population
        <select name="kind" className={box}>
          {kinds.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label className="grid gap-1.5 font-medium text-sm">
        First day (UTC)
        <input type="date" name="from" defaultValue={from} required className={box} />
      </label>
      <label className="grid gap-1.5 font-medium text-sm">
        Last day (UTC)
        <input type="date" name="to" defaultValue={to} required className={box} />
      </label>
      <label className="grid gap-1.5 font-medium text-sm">
        Environment
        <select name="environment" className={box}>
          <option value="">Any</option>
          {environments.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <Field label="Project" optional>
        <Input name="project" maxLength={253} />
      </Field>
      <Field label="How many" error={wrong}>
        <Input
          name="size"
          inputMode="numeric"
          value={size}
          onChange={(event) => setSize(event.currentTarget.value)}
        />
      </Field>
      <Field label="Seed" optional hint="Left empty, one is made at random and shown.">
        <Input name="seed" maxLength={100} />
      </Field>
      <div className="flex flex-wrap items-center gap-3 sm:col-span-2 lg:col-span-4">
        <Button type="submit" variant="primary" loading={pending} reason={refused}>
          Draw the sample
        </Button>
        {refusal && (
          <span role="alert" className="text-negative text-sm">
            {refusal}
          </span>
        )}
      </div>
    </form>
  )
}
