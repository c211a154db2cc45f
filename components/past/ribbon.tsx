'use client'

import dynamic from 'next/dynamic'

/**
 * Says that the page shows the past, and leads to other moments. Its code comes with pages that show the past, and not
 * with the matrix of now.
 */
export const Ribbon = dynamic(() => import('./ribbon-body.tsx').then((module) => module.RibbonBody))
