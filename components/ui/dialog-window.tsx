'use client'

import { Dialog as Base } from '@base-ui/react/dialog'
import { useRef } from 'react'
import { buttonStyle } from './button-style.ts'
import { cn } from './cn.ts'
import type { DialogProps } from './dialog.tsx'

const widths = { sm: 'sm:max-w-md', md: 'sm:max-w-xl', lg: 'sm:max-w-3xl' } as const

/** A modal dialog; at 390 px a sheet at the thumb. Focus is kept inside and returns to where it came from. */
export function DialogWindow({
  open,
  onOpenChange,
  title,
  description,
  children,
  actions,
  cancel = 'Cancel',
  focus = 'first',
  width = 'md',
  busy = false,
  opener,
}: DialogProps & { opener: Element | null }) {
  const cancelRef = useRef<HTMLButtonElement>(null)
  return (
    <Base.Root open={open} onOpenChange={(next) => !(busy && !next) && onOpenChange(next)}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity duration-[180ms] data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Viewport className="fixed inset-0 z-40 flex items-end justify-center sm:items-start sm:p-6 sm:pt-[12vh]">
          <Base.Popup
            initialFocus={focus === 'cancel' ? cancelRef : true}
            finalFocus={() => (opener instanceof HTMLElement && opener.isConnected ? opener : true)}
            className={cn(
              'flex max-h-[92dvh] w-full flex-col rounded-t-lg border border-line bg-surface shadow-float outline-none transition duration-[180ms] data-ending-style:opacity-0 data-starting-style:opacity-0 motion-safe:data-starting-style:translate-y-2 sm:max-h-[80vh] sm:rounded-lg',
              widths[width],
            )}
          >
            <div className="grid gap-1.5 px-5 pt-5 pb-4">
              <Base.Title className="font-semibold text-ink text-lg">{title}</Base.Title>
              {description && (
                <Base.Description className="text-base text-ink-muted">{description}</Base.Description>
              )}
            </div>
            {children && <div className="min-h-0 overflow-y-auto px-5 pb-5">{children}</div>}
            <div className="flex flex-wrap justify-end gap-2 border-line border-t px-5 py-3 max-sm:*:grow">
              <Base.Close ref={cancelRef} aria-disabled={busy || undefined} className={buttonStyle()}>
                {cancel}
              </Base.Close>
              {actions}
            </div>
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}
