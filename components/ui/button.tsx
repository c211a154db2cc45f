'use client'

import { type ComponentProps, type MouseEvent, useId } from 'react'
import { type ButtonSize, type ButtonVariant, buttonStyle } from './button-style.ts'
import { Tooltip } from './tooltip.tsx'

export type ButtonProps = Omit<ComponentProps<'button'>, 'disabled'> & {
  variant?: ButtonVariant
  size?: ButtonSize
  /** Why it cannot be pressed now. The button stays focusable and says so; pressing it does nothing. */
  reason?: string | undefined
  /** The request is under way: label and width stay, a second press does nothing. */
  loading?: boolean
}

/** A button. It is never `disabled`: blocked buttons can be found, focused, and tell why. */
export function Button({
  variant,
  size,
  reason,
  loading = false,
  type = 'button',
  onClick,
  ...props
}: ButtonProps) {
  const reasonId = useId()
  const blocked = reason !== undefined || loading
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (blocked)
      event.preventDefault() // also keeps a submit button from submitting
    else onClick?.(event)
  }
  const button = (
    <button
      {...props}
      type={type}
      onClick={press}
      aria-disabled={blocked || undefined}
      aria-busy={loading || undefined}
      aria-describedby={reason === undefined ? props['aria-describedby'] : reasonId}
      className={buttonStyle(variant, size, props.className)}
    >
      {props.children}
      {loading && (
        <span aria-hidden="true" className="absolute inset-x-0 bottom-0 h-0.5 overflow-hidden">
          <span className="block h-full w-1/3 animate-run bg-current motion-reduce:w-full motion-reduce:animate-none" />
        </span>
      )}
    </button>
  )
  if (reason === undefined) return button
  return (
    <>
      <Tooltip text={reason} stays>
        {button}
      </Tooltip>
      <span id={reasonId} hidden>
        {reason}
      </span>
    </>
  )
}
