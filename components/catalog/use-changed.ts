'use client'

import { useEffect, useRef, useState } from 'react'
import type { ServiceRow } from '#lib/catalog/schema.ts'

/** As long as the tint of a changed row takes. */
const tintMs = 700

/** Which services changed with the last answer; those that merely came into sight did not. */
export function useChanged(rows: readonly ServiceRow[]): ReadonlySet<string> {
  const before = useRef<ReadonlyMap<string, string>>(new Map())
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set())
  useEffect(() => {
    const now = new Map(rows.map((row) => [row.service, JSON.stringify(row.cells)]))
    const differing = [...now].flatMap(([service, text]) => {
      const was = before.current.get(service)
      return was !== undefined && was !== text ? [service] : []
    })
    before.current = now
    if (differing.length === 0) return
    setChanged(new Set(differing))
    const timer = setTimeout(() => setChanged(new Set()), tintMs)
    return () => clearTimeout(timer)
  }, [rows])
  return changed
}
