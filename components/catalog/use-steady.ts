'use client'

import { useMemo, useState } from 'react'
import type { ServiceRow } from '#lib/catalog/schema.ts'
import { inOrder, type SteadyRow } from './steady.ts'

export type Steady = {
  rows: SteadyRow[]
  /** Rows that are elsewhere in the newest order. */
  moved: number
  refresh: () => void
}

/**
 * Keeps the order of the rows while `held`: nothing goes away under a pointer or a focus. `list` names what is listed;
 * another list is another order, whoever looks.
 */
export function useSteady(rows: readonly ServiceRow[], list: string, held: boolean): Steady {
  const [shown, setShown] = useState({ list, rows })
  if (shown.rows !== rows && (shown.list !== list || !held)) setShown({ list, rows })
  const order = shown.list === list ? shown.rows : rows
  const steady = useMemo(() => inOrder(order, rows), [order, rows])
  return { ...steady, refresh: () => setShown({ list, rows }) }
}
