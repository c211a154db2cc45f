'use client'

import { Tooltip as Base } from '@base-ui/react/tooltip'

export type BubbleProps = {
  text: string
  side: 'top' | 'bottom'
  anchor: Element
  open: boolean
  /** Closed by Escape or a press elsewhere. */
  onClose: (by: EventTarget | null) => void
  /** The pointer moved onto the text or off it: what is to be read must not vanish under it. */
  onHover: (over: boolean) => void
}

/** The text of a tooltip, placed at an element that is not its own. */
export function TooltipBubble({ text, side, anchor, open, onClose, onHover }: BubbleProps) {
  return (
    <Base.Root open={open} onOpenChange={(next, { event }) => !next && onClose(event.target)}>
      <Base.Portal>
        <Base.Positioner
          anchor={anchor}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50"
          onPointerEnter={() => onHover(true)}
          onPointerLeave={() => onHover(false)}
        >
          <Base.Popup className="max-w-72 rounded-md border border-line bg-surface px-2.5 py-1.5 text-ink text-xs shadow-float transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0">
            {text}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
