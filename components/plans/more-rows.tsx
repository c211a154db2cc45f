'use client'

import { later } from '#components/ui/later.tsx'

/** The rows of an object that did not come with the page; most diffs have none, so their code comes when needed. */
export const MoreRows = later(() => import('./more-rows-window.tsx').then((module) => module.MoreRowsWindow))
