'use client'

import { Field as Base } from '@base-ui/react/field'
import type { ComponentProps, ReactNode } from 'react'
import { cn } from './cn.ts'

const control =
  'w-full rounded-md border border-line-strong bg-surface text-ink text-base focus-visible:outline-offset-0 data-invalid:border-negative aria-invalid:border-negative max-sm:text-lg'

type FieldProps = {
  label: string
  hint?: ReactNode
  /** What is wrong, in words. Its presence marks the control invalid. */
  error?: string | undefined
  optional?: boolean
  name?: string
  children: ReactNode
  className?: string
}

/** Label, control, hint and error, wired to each other. The child is an Input, a Textarea or a Select. */
export function Field({ label, hint, error, optional = false, name, children, className }: FieldProps) {
  return (
    <Base.Root
      {...(name && { name })}
      invalid={error !== undefined}
      className={cn('grid gap-1.5', className)}
    >
      <Base.Label className="font-medium text-ink text-sm">
        {label}
        {optional && <span className="font-normal text-ink-faint"> (optional)</span>}
      </Base.Label>
      {children}
      {hint && <Base.Description className="text-ink-muted text-xs">{hint}</Base.Description>}
      {error !== undefined && (
        <Base.Error match className="text-negative text-xs">
          {error}
        </Base.Error>
      )}
    </Base.Root>
  )
}

/** One line of text. */
export function Input({
  className,
  ...props
}: Omit<ComponentProps<typeof Base.Control>, 'className'> & { className?: string }) {
  return <Base.Control {...props} className={cn(control, 'h-8 px-2.5 pointer-coarse:h-11', className)} />
}

/** Several lines of text. */
export function Textarea({ className, rows = 3, ...props }: ComponentProps<'textarea'>) {
  return (
    <Base.Control
      render={
        <textarea {...props} rows={rows} className={cn(control, 'block resize-y px-2.5 py-1.5', className)} />
      }
    />
  )
}

/** The browser's own select: best on a phone, and a short list needs no more. */
export function Select({ className, ...props }: ComponentProps<'select'>) {
  return (
    <Base.Control
      render={<select {...props} className={cn(control, 'h-8 px-2 pointer-coarse:h-11', className)} />}
    />
  )
}

/** A box to tick with its words; `checked` is the caller's. */
export function Checkbox({ label, className, ...props }: ComponentProps<'input'> & { label: ReactNode }) {
  return (
    <label className={cn('flex items-start gap-2 text-base pointer-coarse:py-3', className)}>
      <input type="checkbox" {...props} className="mt-0.5 size-4 shrink-0 accent-accent" />
      <span>{label}</span>
    </label>
  )
}
