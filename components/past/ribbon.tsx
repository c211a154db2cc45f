'use client'

import { type ComponentProps, lazy, Suspense } from 'react'
import type { RibbonBody } from './ribbon-body.tsx'

const Body = lazy(async () => ({ default: (await import('./ribbon-body.tsx')).RibbonBody }))

/**
 * Says that the page shows the past, and leads to other moments. Its code comes with pages that show the past, and not
 * with the matrix of now.
 */
export function Ribbon(props: ComponentProps<typeof RibbonBody>) {
  return (
    <Suspense>
      <Body {...props} />
    </Suspense>
  )
}
