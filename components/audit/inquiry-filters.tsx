import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { visible } from '#components/ui/visible.ts'
import { changeKinds, exceptionKinds, exceptionStates, kindWords } from '#lib/inquiries/inquiry.ts'
import type { InquiryView } from '#lib/inquiries/loaders.ts'
import { paths } from '#lib/platform/paths.ts'

export const box =
  'h-8 min-w-0 rounded-md pointer-coarse:h-11 border border-line-strong bg-surface px-2 text-ink text-sm max-sm:w-full max-sm:text-lg'

type Choice = { value: string; label: string }

function Choose(props: {
  name: string
  label: string
  any: string
  choices: readonly Choice[]
  chosen: string | undefined
}) {
  const { name, label, any, choices, chosen } = props
  const known = chosen === undefined || choices.some(({ value }) => value === chosen)
  return (
    <select name={name} aria-label={label} defaultValue={chosen ?? ''} className={box}>
      <option value="">{any}</option>
      {!known && <option value={chosen}>{visible(chosen)}</option>}
      {choices.map(({ value, label: words }) => (
        <option key={value} value={value}>
          {visible(words)}
        </option>
      ))}
    </select>
  )
}

export function Day({ label, name, day }: { label: string; name: string; day: string | undefined }) {
  return (
    <label className="flex min-w-0 items-center gap-1.5 text-ink-muted text-sm max-sm:grid max-sm:gap-0.5">
      {label}
      <input type="date" name={name} defaultValue={day} className={box} />
    </label>
  )
}

const plain = (values: readonly string[]): Choice[] => values.map((value) => ({ value, label: value }))
const words = (values: readonly string[]): Choice[] =>
  values.map((value) => ({ value, label: kindWords[value] ?? value }))
const states = { open: 'Open', overdue: 'Overdue', closed: 'Closed' } as const

/** Narrows a question. A form of the address, which works without scripts. */
export function InquiryFilters({ view }: { view: InquiryView }) {
  const { question, query, choices } = view
  const narrowed = Object.values(query).some((value) => value !== undefined)
  const kinds = question === 'changes' ? changeKinds : question === 'exceptions' ? exceptionKinds : []
  return (
    <search className="contents">
      <form
        action={paths.inquiry(question)}
        className="flex flex-wrap items-center gap-2 pb-3 max-sm:grid max-sm:grid-cols-2 print:hidden"
      >
        {question === 'moment' ? (
          <label className="flex min-w-0 items-center gap-1.5 text-ink-muted text-sm max-sm:col-span-2 max-sm:grid max-sm:gap-0.5">
            Moment
            <input
              name="at"
              defaultValue={query.at}
              placeholder="2026-06-03T14:05Z"
              maxLength={40}
              className={`${box} w-52`}
            />
          </label>
        ) : (
          <>
            <Day label="From" name="from" day={query.from} />
            <Day label="To" name="to" day={query.to} />
          </>
        )}
        {kinds.length > 0 && (
          <Choose name="kind" label="Kind" any="Any kind" choices={words(kinds)} chosen={query.kind} />
        )}
        {question === 'exceptions' && (
          <Choose
            {...{ name: 'state', label: 'State', any: 'Open or closed', chosen: query.state }}
            choices={exceptionStates.map((value) => ({ value, label: states[value] }))}
          />
        )}
        <Choose
          {...{ name: 'service', label: 'Service', any: 'Any service', chosen: query.service }}
          choices={plain(choices.services)}
        />
        <Choose
          {...{
            name: 'environment',
            label: 'Environment',
            any: 'Any environment',
            chosen: query.environment,
          }}
          choices={plain(choices.environments)}
        />
        <Button type="submit">Filter</Button>
        {narrowed && (
          <ButtonLink href={paths.inquiry(question)} variant="quiet">
            Clear filters
          </ButtonLink>
        )}
      </form>
    </search>
  )
}
