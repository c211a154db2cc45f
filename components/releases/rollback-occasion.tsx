import { useId } from 'react'
import { Field, Input } from '#components/ui/field.tsx'
import type { Occasion } from './rollback.tsx'

const names = {
  release: 'The release that runs now did harm',
  incident: 'An incident',
  ticket: 'A ticket',
} as const

type RollbackOccasionProps = {
  value: Occasion
  /** The release that brought what runs now; null when none did. */
  harm: string | null
  onChange: (occasion: Occasion) => void
  error: string | undefined
}

/** What made somebody ask: kept with the request, and read by whoever approves it. */
export function RollbackOccasion({ value, harm, onChange, error }: RollbackOccasionProps) {
  const group = useId()
  const kinds = (Object.keys(names) as Occasion['kind'][]).filter(
    (kind) => kind !== 'release' || harm !== null,
  )
  return (
    <fieldset className="grid gap-1.5 text-sm">
      <legend className="mb-1.5 font-medium">Occasion</legend>
      {kinds.map((kind) => (
        <label key={kind} className="flex items-center gap-2">
          <input
            type="radio"
            name={group}
            checked={value.kind === kind}
            onChange={() => onChange({ ...value, kind })}
            className="accent-accent"
          />
          {names[kind]}
        </label>
      ))}
      {value.kind !== 'release' && (
        <Field label={value.kind === 'incident' ? 'Incident' : 'Ticket of the occasion'} error={error}>
          <Input
            value={value.name}
            maxLength={200}
            autoComplete="off"
            onChange={(event) => onChange({ ...value, name: event.currentTarget.value })}
          />
        </Field>
      )}
    </fieldset>
  )
}
