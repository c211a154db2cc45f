'use client'

import { type ComponentProps, cloneElement, type ReactElement, useEffect, useRef, useState } from 'react'
import { later } from './later.tsx'

type TooltipProps = {
  text: string
  /** One focusable button; the text belongs to it. */
  children: ReactElement<ComponentProps<'button'>>
  /** Keeps the text when the trigger is pressed: for buttons that answer a press with their reason. */
  stays?: boolean
  side?: 'top' | 'bottom'
}

/** Hardly any tooltip is ever looked at: its code comes with the first one. */
const TooltipBubble = later(() => import('./tooltip-bubble.tsx').then((module) => module.TooltipBubble))

const showAfterMs = 200
/** Time for the pointer to get from the button to its text. */
const hideAfterMs = 120

/**
 * A short text on hover and focus. It never holds what cannot be read elsewhere: touch has no hover, and the
 * text is not announced. Describe the trigger with `aria-describedby` where it matters (Button does).
 */
export function Tooltip({ text, children, stays = false, side = 'top' }: TooltipProps) {
  const [anchor, setAnchor] = useState<Element>()
  const [open, setOpen] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const turn = (next: boolean, afterMs: number) => {
    clearTimeout(timer.current)
    if (afterMs === 0) setOpen(next)
    else timer.current = setTimeout(() => setOpen(next), afterMs)
  }
  const show = (at: Element, afterMs: number) => {
    setAnchor(at)
    turn(true, afterMs)
  }
  const own = children.props
  const trigger = cloneElement(children, {
    onPointerEnter: (event) => {
      own.onPointerEnter?.(event)
      if (event.pointerType !== 'touch') show(event.currentTarget, showAfterMs)
    },
    onPointerLeave: (event) => {
      own.onPointerLeave?.(event)
      turn(false, hideAfterMs)
    },
    onFocus: (event) => {
      own.onFocus?.(event)
      if (event.currentTarget.matches(':focus-visible')) show(event.currentTarget, 0)
    },
    onBlur: (event) => {
      own.onBlur?.(event)
      turn(false, 0)
    },
    onClick: (event) => {
      own.onClick?.(event)
      if (stays) show(event.currentTarget, 0)
      else turn(false, 0)
    },
  })
  return (
    <>
      {trigger}
      {anchor && (
        <TooltipBubble
          text={text}
          side={side}
          anchor={anchor}
          open={open}
          onClose={(by) => !(stays && by instanceof Node && anchor.contains(by)) && turn(false, 0)}
          onHover={(over) => turn(over, over ? 0 : hideAfterMs)}
        />
      )}
    </>
  )
}
