'use client'

import { Tooltip as Base } from '@base-ui/react/tooltip'
import type { ReactElement } from 'react'

type TooltipProps = {
  text: string
  /** One focusable element; it becomes the trigger. */
  children: ReactElement
  /** Keeps the text when the trigger is pressed: for buttons that answer a press with their reason. */
  stays?: boolean
  side?: 'top' | 'bottom'
}

/**
 * A short text on hover and focus. It never holds what cannot be read elsewhere: touch has no hover, and the
 * text is not announced. Describe the trigger with `aria-describedby` where it matters (Button does).
 */
export function Tooltip({ text, children, stays = false, side = 'top' }: TooltipProps) {
  return (
    <Base.Root>
      <Base.Trigger delay={200} closeOnClick={!stays} render={children} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} collisionPadding={8} className="z-50">
          <Base.Popup className="max-w-72 rounded-md border border-line bg-surface px-2.5 py-1.5 text-ink text-xs shadow-float transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0">
            {text}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
