'use client'

import { useRouter } from 'next/navigation'
import { type ComponentProps, type SubmitEvent, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { FilterInput } from '#components/ui/filter-input.tsx'
import { visible } from '#components/ui/visible.ts'
import type { HistoryQuery } from '#lib/audit/schema.ts'
import { type EventGroup, eventGroups } from '#lib/audit/words.ts'
import { paths } from '#lib/platform/paths.ts'

const kindNames = {
  requests: 'Requests',
  approvals: 'Approvals',
  deployments: 'Deployments',
  plans: 'Plans',
  'sign-ins': 'Sign-ins',
  system: 'System',
} satisfies Record<EventGroup, string>

const box =
  'h-8 rounded-md pointer-coarse:h-11 border border-line-strong bg-surface px-2 text-ink text-sm max-sm:text-lg'

type Choice = { value: string; label: string }

function Choose({
  any,
  choices,
  chosen,
  ...props
}: ComponentProps<'select'> & { any: string; choices: readonly Choice[]; chosen: string | undefined }) {
  const known = chosen === undefined || choices.some(({ value }) => value === chosen)
  return (
    <select
      {...props}
      defaultValue={chosen ?? ''}
      onChange={(event) => event.currentTarget.form?.requestSubmit()}
      className={`${box} max-w-40 max-sm:max-w-none`}
    >
      <option value="">{any}</option>
      {chosen !== undefined && !known && <option value={chosen}>{visible(chosen)}</option>}
      {choices.map(({ value, label }) => (
        <option key={value} value={value}>
          {visible(label)}
        </option>
      ))}
    </select>
  )
}

function Day({ label, name, day }: { label: string; name: string; day: string | undefined }) {
  return (
    <label className="flex min-w-0 items-center gap-1.5 text-ink-muted text-sm max-sm:grid max-sm:gap-0.5">
      {label}
      <input
        type="date"
        name={name}
        defaultValue={day}
        className={`${box} w-34 max-sm:w-full max-sm:min-w-0`}
      />
    </label>
  )
}

const plain = (values: readonly string[]): Choice[] => values.map((value) => ({ value, label: value }))

type FiltersProps = {
  query: HistoryQuery
  choices: { people: { id: string; name: string }[]; services: string[]; environments: string[] }
}

/**
 * Narrows the history. A form of the address: it works without scripts, with them it leaves empty fields out. On a
 * phone all but the text stand behind a button: the list is what one came for.
 */
export function HistoryFilters({ query, choices }: FiltersProps) {
  const router = useRouter()
  const { kind, person, service, environment, from, to } = query
  const [more, setMore] = useState([kind, person, service, environment, from, to].some(Boolean))
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const values = [...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)])
    router.push(paths.history(Object.fromEntries(values)))
  }
  const people = choices.people.map(({ id, name }) => ({ value: id, label: name }))
  const kinds = (Object.keys(eventGroups) as EventGroup[]).map((kind) => ({
    value: kind,
    label: kindNames[kind],
  }))
  return (
    <search className="contents">
      <form
        action={paths.history()}
        onSubmit={submit}
        className="flex flex-wrap items-center gap-2 max-sm:grid max-sm:w-full max-sm:grid-cols-2 max-sm:[&>:first-child]:col-span-2"
      >
        <FilterInput label="Person, service, digest" name="text" defaultValue={query.text} maxLength={200} />
        <div className={cn('contents', !more && 'max-sm:hidden')}>
          <Choose
            any="Any event"
            aria-label="Kind of event"
            name="kind"
            choices={kinds}
            chosen={query.kind}
          />
          <Choose any="Anybody" aria-label="Person" name="person" choices={people} chosen={query.person} />
          <Choose
            any="Any service"
            aria-label="Service"
            name="service"
            choices={plain(choices.services)}
            chosen={query.service}
          />
          <Choose
            any="Any environment"
            aria-label="Environment"
            name="environment"
            choices={plain(choices.environments)}
            chosen={query.environment}
          />
          <Day label="From" name="from" day={query.from} />
          <Day label="To" name="to" day={query.to} />
        </div>
        {query.release && <input type="hidden" name="release" value={query.release} />}
        {query.application && <input type="hidden" name="application" value={query.application} />}
        <Button aria-expanded={more} onClick={() => setMore(!more)} className="sm:hidden">
          {more ? 'Fewer filters' : 'More filters'}
        </Button>
        <Button type="submit">Filter</Button>
      </form>
    </search>
  )
}
