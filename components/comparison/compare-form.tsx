import Form from 'next/form'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { FilterInput } from '#components/ui/filter-input.tsx'
import { visible } from '#components/ui/visible.ts'
import { type Side, writeSide } from '#lib/comparison/comparison.ts'
import type { ComparePage } from '#lib/comparison/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import { addressOf } from './difference-words.ts'

type Props = { asked: ComparePage['asked']; places: ComparePage['found']['places'] }

const control =
  'h-8 min-w-0 rounded-md border border-line-strong bg-surface px-2 text-ink text-sm pointer-coarse:h-11 max-sm:text-lg'

/** Which two sides. A form of the address: what is compared can be shared. */
export function CompareForm({ asked, places }: Props) {
  const { left, right, only, q } = asked
  return (
    <search>
      <Form action={paths.compare()} className="flex flex-wrap items-end gap-x-4 gap-y-3">
        <SideFields
          key={`left ${JSON.stringify(left)}`}
          name="left"
          label="Left"
          side={left}
          places={places}
        />
        <ButtonLink
          variant="quiet"
          prefetch={false}
          href={paths.compare(addressOf({ left: right, right: left, only: 'differences', q }))}
          aria-label="Swap the sides"
          title="Swap the sides"
        >
          ⇄
        </ButtonLink>
        <SideFields
          key={`right ${JSON.stringify(right)}`}
          name="right"
          label="Right"
          side={right}
          places={places}
        />
        {only !== 'differences' && <input type="hidden" name="only" value={only} />}
        <FilterInput key={q} label="Filter by name" name="q" defaultValue={q} maxLength={200} />
        <Button type="submit">Compare</Button>
      </Form>
    </search>
  )
}

type SideProps = { name: 'left' | 'right'; label: string; side: Side; places: Props['places'] }

function SideFields({ name, label, side, places }: SideProps) {
  const chosen = writeSide(side)
  const known = places.flatMap(({ environment, targets }) => [
    environment,
    ...targets.map((target) => writeSide({ environment, target })),
  ])
  return (
    <fieldset className="flex min-w-0 flex-wrap items-end gap-2">
      <legend className="sr-only">{label} side</legend>
      <label className="grid gap-1 text-ink-muted text-xs">
        {label}
        <select name={name} defaultValue={chosen} className={control}>
          {!known.includes(chosen) && <option value={chosen}>{visible(chosen)}</option>}
          {places.map(({ environment, targets }) => (
            <optgroup key={environment} label={visible(environment)}>
              <option value={environment}>
                {visible(environment)}
                {targets.length > 1 && ', all targets'}
              </option>
              {targets.map((target) => (
                <option key={target} value={writeSide({ environment, target })}>
                  {visible(`${environment} ${target}`)}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      <label className="grid gap-1 text-ink-muted text-xs">
        as of (UTC), empty for now
        <input
          type="datetime-local"
          name={`${name}At`}
          step={1}
          defaultValue={side.at?.slice(0, 19)}
          className={control}
        />
      </label>
    </fieldset>
  )
}
