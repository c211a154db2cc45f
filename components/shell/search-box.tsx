'use client'

import { useSyncExternalStore } from 'react'
import { Kbd } from '#components/ui/kbd.tsx'
import { usePalette } from './palette-entries.tsx'

const never = () => () => {}
const isApple = () => /Mac|iPhone|iPad/.test(navigator.userAgent)

/** Looks like a search box and opens the palette, which is one. */
export function SearchBox() {
  const { setOpen } = usePalette()
  const apple = useSyncExternalStore(never, isApple, () => true)
  return (
    <button
      type="button"
      onClick={() => setOpen(true)}
      aria-haspopup="dialog"
      aria-keyshortcuts={apple ? 'Meta+K' : 'Control+K'}
      className="flex h-8 w-56 min-w-0 pointer-coarse:h-11 items-center justify-between gap-3 rounded-md border border-line bg-surface pr-1.5 pl-2.5 text-ink-muted text-sm transition-colors hover:border-line-strong max-md:hidden"
    >
      <span className="truncate">Search or jump to…</span>
      <Kbd className="max-lg:hidden">{apple ? '⌘K' : 'Ctrl K'}</Kbd>
    </button>
  )
}
