'use client'

import { Autocomplete } from '@base-ui/react/autocomplete'
import { Dialog } from '@base-ui/react/dialog'
import { useRouter } from 'next/navigation'
import { useDeferredValue, useState } from 'react'
import { Marked } from '#components/search/marked.tsx'
import { matchWords } from '#components/search/words.ts'
import { cn } from '#components/ui/cn.ts'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import { queryLengthMax, type SearchResult } from '#lib/search/search.ts'
import { type PaletteEntry, usePalette } from './palette-entries.tsx'
import { usePaletteQuery } from './palette-query.ts'
import { type PaletteGroup, paletteGroups, withRecent } from './palette-search.ts'

/** ⌘K: go anywhere, do what this page offers, find services, releases, commits and people. */
export function Palette() {
  const { open, setOpen } = usePalette()
  // Kept in this page's memory only: names must not outlive the session of whoever may read them.
  const [recent, setRecent] = useState<readonly SearchResult[]>([])
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-50 bg-scrim transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Viewport className="fixed inset-0 z-50 flex items-start justify-center p-2 sm:pt-[12vh]">
          <Dialog.Popup
            aria-label="Search or jump to"
            className="flex max-h-[min(32rem,80dvh)] w-full max-w-xl flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-float outline-none transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0"
          >
            <PaletteBody
              recent={recent}
              onPick={(found) => setRecent((before) => withRecent(before, found))}
            />
            <Dialog.Close className="sr-only">Close</Dialog.Close>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

type BodyProps = { recent: readonly SearchResult[]; onPick: (found: SearchResult) => void }

function PaletteBody({ recent, onPick }: BodyProps) {
  const { entries, setOpen } = usePalette()
  const router = useRouter()
  const [query, setQuery] = useState('')
  const { groups: found, state, message } = usePaletteQuery(query)
  const text = query.trim()
  const whole: PaletteEntry[] =
    text !== '' && found.length > 0
      ? [
          {
            id: 'all-results',
            label: `All results for “${text}”`,
            group: 'More',
            href: paths.search({ q: text }),
          },
        ]
      : []
  const groups = useDeferredValue([
    ...paletteGroups(entries, query, found, recent),
    ...(whole.length > 0 ? [{ name: 'More', items: whole }] : []),
  ])
  const pick = (entry: PaletteEntry) => {
    setOpen(false)
    if (entry.found) onPick(entry.found)
    if (entry.href) router.push(entry.href)
    else entry.run?.()
  }
  const says = {
    idle: undefined,
    searching: 'Searching…',
    failed: message,
    found: undefined,
    nothing:
      groups.length > 0
        ? undefined
        : `Nothing found for “${visible(text)}”.${text.length < 3 ? ' One or two letters find only what begins with them.' : ''}`,
  }[state]
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
        maxLength={queryLengthMax}
        className="h-12 w-full shrink-0 border-line border-b bg-transparent px-4 text-lg text-ink outline-none"
      />
      <div className="min-h-0 overflow-y-auto overscroll-contain">
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
                    className="flex min-h-9 scroll-my-8 items-center gap-3 rounded-sm px-3 py-1 text-ink text-sm outline-none data-highlighted:bg-sunken"
                  >
                    <EntryText entry={entry} />
                  </Autocomplete.Item>
                )}
              </Autocomplete.Collection>
            </Autocomplete.Group>
          )}
        </Autocomplete.List>
      </div>
      <p
        role="status"
        data-state={state}
        className={cn(
          'shrink-0 border-line px-4 text-ink-muted text-sm not-empty:py-3',
          groups.length > 0 && 'not-empty:border-t',
        )}
      >
        {says}
      </p>
    </Autocomplete.Root>
  )
}

function EntryText({ entry: { label, hint, found } }: { entry: PaletteEntry }) {
  const end = found ? matchWords[found.match] : hint && visible(hint)
  return (
    <>
      <span className="grid min-w-0">
        <span className="truncate">
          {found ? <Marked text={label} marks={found.labelMarks} /> : visible(label)}
        </span>
        {found?.detail && (
          <span className="truncate text-ink-muted text-xs">
            <Marked text={found.detail} marks={found.detailMarks} />
          </span>
        )}
      </span>
      {end && <span className="ml-auto shrink-0 text-ink-muted text-xs">{end}</span>}
    </>
  )
}
