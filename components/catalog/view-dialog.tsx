'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { HttpError, postJson } from '#components/shell/fetch-json.ts'
import { newKey } from '#components/shell/new-key.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Checkbox, Field, Input, Select } from '#components/ui/field.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { View } from '#lib/views/view.ts'

type ViewDialogProps = {
  open: boolean
  onClose: () => void
  /** The view to change; without one, a new one is saved. */
  view: View | undefined
  /** What is shown now. */
  query: string
  groups: readonly string[]
  /** Comes with the id of what was saved, or none after it was deleted. */
  onSaved: (id: string | undefined) => Promise<void>
}

/** Gives what is shown a name, or changes a view that has one. */
export function ViewDialog({ open, onClose, view, query, groups, onSaved }: ViewDialogProps) {
  const [name, setName] = useState(view?.name ?? '')
  const [group, setGroup] = useState(view?.sharedWith ?? '')
  const [isDefault, setDefault] = useState(view?.isDefault ?? false)
  const [replace, setReplace] = useState(true)
  const [refusal, setRefusal] = useState<string>()
  const [pending, setPending] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const announce = useAnnounce()
  const choices = [...new Set([...groups, ...(view?.sharedWith ? [view.sharedWith] : [])])]
  const moved = view !== undefined && view.query !== query

  async function send(path: string, body: unknown, said: string) {
    setPending(true)
    setRefusal(undefined)
    try {
      const { id } = await postJson<{ id?: string }>(path, body, newKey())
      await onSaved(id)
      announce(said)
      onClose()
    } catch (error) {
      setRefusal(error instanceof HttpError ? error.message : 'The answer did not arrive. Try again.')
    } finally {
      setPending(false)
    }
  }
  const save = () => {
    const shared = { name, sharedWith: group || null, isDefault }
    if (view)
      return send(paths.api.view(view.id), { ...shared, ...(replace && { query }) }, 'The view is changed.')
    return send(paths.api.views(), { ...shared, query }, 'The view is saved.')
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      busy={pending}
      width="sm"
      title={view ? `Change “${visible(view.name)}”` : 'Save what is shown'}
      description="Filters, order, environments and density under a name."
      actions={
        <>
          {view && (
            <Button
              variant="danger"
              loading={pending && deleting}
              onClick={() => {
                setDeleting(true)
                return send(paths.api.viewRemoval(view.id), {}, 'The view is deleted.')
              }}
            >
              Delete
            </Button>
          )}
          <Button
            variant="primary"
            loading={pending && !deleting}
            {...(name.trim() === '' && { reason: 'Give it a name first.' })}
            onClick={() => {
              setDeleting(false)
              return save()
            }}
          >
            Save
          </Button>
        </>
      }
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '' && !pending) void save()
        }}
      >
        <Field label="Name">
          <Input value={name} maxLength={80} onChange={(event) => setName(event.currentTarget.value)} />
        </Field>
        {choices.length > 0 && (
          <Field
            label="Who sees it"
            hint="Sharing, and what changes in a shared view, stands in the history."
          >
            <Select value={group} onChange={(event) => setGroup(event.currentTarget.value)}>
              <option value="">Only you</option>
              {choices.map((choice) => (
                <option key={choice} value={choice}>
                  {visible(choice)}
                </option>
              ))}
            </Select>
          </Field>
        )}
        <Checkbox
          label="Open it first when I come to the services"
          checked={isDefault}
          onChange={(event) => setDefault(event.currentTarget.checked)}
        />
        {moved && (
          <Checkbox
            label="Keep what is shown now in it"
            checked={replace}
            onChange={(event) => setReplace(event.currentTarget.checked)}
          />
        )}
        {refusal && (
          <Callout tone="negative" alert title="Not saved">
            {refusal}
          </Callout>
        )}
      </form>
    </Dialog>
  )
}
