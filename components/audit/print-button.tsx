'use client'

import { Button } from '#components/ui/button.tsx'

/** Opens the browser's own dialog to print, or to save as PDF. */
export function PrintButton() {
  return <Button onClick={() => window.print()}>Print</Button>
}
