'use client'

import { Dialog } from '#components/ui/dialog.tsx'
import { Checkbox } from '#components/ui/field.tsx'
import { Kbd } from '#components/ui/kbd.tsx'
import { help } from './shortcuts.ts'

type KeyboardHelpProps = {
  open: boolean
  onOpenChange: (open: boolean) => void
  /** Whether single keys do something, and how to change that. */
  single: boolean
  onSingle: (on: boolean) => void
}

/** Every key there is, and the switch for those that are single letters. */
export function KeyboardHelp({ open, onOpenChange, single, onSingle }: KeyboardHelpProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard" cancel="Close" width="sm">
      <dl className="grid grid-cols-[1fr_auto] gap-y-2 text-sm">
        {help.map((line) => (
          <div key={line.does} className="col-span-2 grid grid-cols-subgrid items-center">
            <dt className="text-ink-muted">{line.does}</dt>
            <dd className="flex items-center justify-end gap-1 text-ink-faint text-xs">
              {line.keys.map((key, index) => (
                <span key={key} className="flex items-center gap-1">
                  {index > 0 && ('either' in line ? 'or' : 'then')}
                  <Kbd>{key}</Kbd>
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <p className="mt-4 text-ink-muted text-xs">No key approves. Approving is a button, read first.</p>
      <Checkbox
        className="mt-4 text-sm"
        label="Single keys do something (off in text fields always)"
        checked={single}
        onChange={(event) => onSingle(event.currentTarget.checked)}
      />
    </Dialog>
  )
}
