'use client'

import { Autocomplete } from '@base-ui/react/autocomplete'
import { Dialog } from '@base-ui/react/dialog'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useDeferredValue, useEffect, useState } from 'react'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import { fetchJson } from './fetch-json.ts'
import { type PaletteEntry, usePalette } from './palette-entries.tsx'
import { type PaletteGroup, paletteGroups, type SearchAnswer } from './palette-search.ts'

const typingMs = 120

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), typingMs)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}

/** ⌘K: go anywhere, do what this page offers, find services, releases and people. */
export function Palette() {
  const { open, setOpen } = usePalette()
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-50 bg-scrim transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Viewport className="fixed inset-0 z-50 flex items-start justify-center p-2 sm:pt-[12vh]">
          <Dialog.Popup
            aria-label="Search or jump to"
            className="flex max-h-[min(28rem,80dvh)] w-full max-w-xl flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-float outline-none transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0"
          >
            <PaletteBody />
            <Dialog.Close className="sr-only">Close</Dialog.Close>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function PaletteBody() {
  const { entries, setOpen } = usePalette()
  const router = useRouter()
  const [query, setQuery] = useState('')
  const asked = useSettled(query.trim())
  const search = useQuery({
    queryKey: ['search', asked],
    queryFn: ({ signal }) => fetchJson<SearchAnswer>(paths.api.search(asked), signal),
    enabled: asked.length >= 2,
    placeholderData: keepPreviousData,
    retry: false,
  })
  const found = asked.length >= 2 ? (search.data?.results ?? []) : []
  const groups = useDeferredValue(paletteGroups(entries, query, found))
  const pick = (entry: PaletteEntry) => {
    setOpen(false)
    if (entry.href) router.push(entry.href)
    else entry.run?.()
  }
  return (
    <Autocomplete.Root
      open
      inline
      mode="none"
      items={groups}
      filteredItems={groups}
      value={query}
      onValueChange={setQuery}
      itemToStringValue={(entry: PaletteEntry) => entry.label}
      autoHighlight="always"
      keepHighlight
    >
      <Autocomplete.Input
        aria-label="Search or jump to"
        placeholder="Search or jump to…"
        className="h-12 w-full shrink-0 border-line border-b bg-transparent px-4 text-lg text-ink outline-none"
      />
      <div className="min-h-0 overflow-y-auto overscroll-contain">
        <Autocomplete.Empty>
          <p className="px-4 py-6 text-ink-muted text-sm empty:hidden">
            {search.isError
              ? 'Search does not answer right now. Pages can still be opened by name.'
              : search.isFetching
                ? 'Searching…'
                : `Nothing matches “${visible(query)}”, or you may not see it.`}
          </p>
        </Autocomplete.Empty>
        <Autocomplete.List className="p-1 empty:p-0">
          {(group: PaletteGroup) => (
            <Autocomplete.Group key={group.name} items={group.items}>
              <Autocomplete.GroupLabel className="px-3 pt-2 pb-1 text-2xs text-ink-faint">
                {group.name}
              </Autocomplete.GroupLabel>
              <Autocomplete.Collection>
                {(entry: PaletteEntry) => (
                  <Autocomplete.Item
                    key={entry.id}
                    value={entry}
                    onClick={() => pick(entry)}
                    className="flex min-h-9 scroll-my-8 pointer-coarse:min-h-11 items-center gap-3 rounded-sm px-3 text-ink text-sm outline-none data-highlighted:bg-sunken"
                  >
                    <span className="min-w-0 truncate">{visible(entry.label)}</span>
                    {entry.hint && (
                      <span className="ml-auto shrink-0 text-ink-faint text-xs">{visible(entry.hint)}</span>
                    )}
                  </Autocomplete.Item>
                )}
              </Autocomplete.Collection>
            </Autocomplete.Group>
          )}
        </Autocomplete.List>
      </div>
    </Autocomplete.Root>
  )
}
