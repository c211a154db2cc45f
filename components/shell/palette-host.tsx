'use client'

import dynamic from 'next/dynamic'
import { useEffect, useState } from 'react'
import { usePalette } from './palette-entries.tsx'

const load = () => import('./palette.tsx').then((module) => module.Palette)
const Palette = dynamic(load)

/** Loads the palette when the browser has nothing better to do, so that ⌘K opens at once and pages start light. */
export function PaletteHost() {
  const { open } = usePalette()
  const [wanted, setWanted] = useState(false)
  if (open && !wanted) setWanted(true)
  useEffect(() => {
    const whenIdle = window.requestIdleCallback ?? ((act: () => void) => window.setTimeout(act, 2000))
    const handle = whenIdle(() => void load().catch(() => {}))
    return () => (window.cancelIdleCallback ?? window.clearTimeout)(handle)
  }, [])
  return wanted ? <Palette /> : null
}
