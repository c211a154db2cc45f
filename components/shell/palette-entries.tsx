'use client'

import { createContext, type ReactNode, useContext, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { SearchResult } from '#lib/search/search.ts'

/** One line of the command palette: it goes somewhere (`href`) or does something (`run`). */
export type PaletteEntry = {
  id: string
  label: string
  /** Quiet words at the right: what it is, a team, a shortcut. */
  hint?: string
  group: string
  /** More words it is found by. */
  words?: string
  /** What the server found, with why. */
  found?: SearchResult
} & ({ href: string; run?: never } | { run: () => void; href?: never })

type Palette = {
  open: boolean
  setOpen: (open: boolean) => void
  entries: readonly PaletteEntry[]
  contribute: (owner: string, entries: readonly PaletteEntry[] | undefined) => void
}

const PaletteContext = createContext<Palette>({
  open: false,
  setOpen: () => {},
  entries: [],
  contribute: () => {},
})

/** Keeps what pages contribute, for as long as they are on screen. */
export function PaletteProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false)
  const [contributions, setContributions] = useState<ReadonlyMap<string, readonly PaletteEntry[]>>(new Map())
  const value = useMemo(
    (): Palette => ({
      open,
      setOpen,
      entries: [...contributions.values()].flat(),
      contribute: (owner, entries) =>
        setContributions((was) => {
          const now = new Map(was)
          if (entries) now.set(owner, entries)
          else now.delete(owner)
          return now
        }),
    }),
    [open, contributions],
  )
  return <PaletteContext value={value}>{children}</PaletteContext>
}

export const usePalette = () => useContext(PaletteContext)

/**
 * A page's own entries in the palette. From a server page give entries with `href`; a client component may
 * give `run` too. They are compared by id and label, so a new array each render is fine.
 */
export function PaletteEntries({ entries }: { entries: readonly PaletteEntry[] }) {
  const { contribute } = usePalette()
  const owner = useId()
  const latest = useRef(entries)
  latest.current = entries
  const identity = entries.map((entry) => `${entry.id}\n${entry.label}`).join('\n')
  // biome-ignore lint/correctness/useExhaustiveDependencies: identity stands for the entries
  useEffect(() => {
    contribute(owner, latest.current)
    return () => contribute(owner, undefined)
  }, [owner, identity])
  return null
}
