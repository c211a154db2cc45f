'use client'

import { useState } from 'react'
import { loadDialogWindow } from '#components/ui/dialog.tsx'
import { later } from '#components/ui/later.tsx'
import { usePreload } from '#components/ui/use-preload.ts'
import { usePalette } from './palette-entries.tsx'

const Palette = later(() => import('./palette.tsx').then((module) => module.Palette))

/** Loads the palette when the browser has nothing better to do, so that ⌘K opens at once and pages start light. */
export function PaletteHost() {
  const { open } = usePalette()
  const [wanted, setWanted] = useState(false)
  if (open && !wanted) setWanted(true)
  usePreload(Palette.preload)
  // Nearly every page has a dialog, and none should wait for its code when it is wanted.
  usePreload(loadDialogWindow)
  return wanted ? <Palette /> : null
}
