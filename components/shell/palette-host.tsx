'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { loadDialogWindow } from '#components/ui/dialog.tsx'
import { usePreload } from '#components/ui/use-preload.ts'
import { usePalette } from './palette-entries.tsx'

const load = () => import('./palette.tsx').then((module) => module.Palette)
const Palette = dynamic(load)

/** Loads the palette when the browser has nothing better to do, so that ⌘K opens at once and pages start light. */
export function PaletteHost() {
  const { open } = usePalette()
  const [wanted, setWanted] = useState(false)
  if (open && !wanted) setWanted(true)
  usePreload(load)
  // Nearly every page has a dialog, and none should wait for its code when it is wanted.
  usePreload(loadDialogWindow)
  return wanted ? <Palette /> : null
}
