import { cn } from './cn.ts'

export type ButtonVariant = 'primary' | 'default' | 'danger' | 'quiet'
export type ButtonSize = 'md' | 'sm' | 'lg'

const variants = {
  primary: 'border-transparent bg-accent text-on-accent hover:not-aria-disabled:bg-accent/90',
  default: 'border-line bg-surface text-ink hover:not-aria-disabled:bg-sunken',
  danger: 'border-line bg-surface text-negative hover:not-aria-disabled:bg-negative-soft',
  quiet:
    'border-transparent bg-transparent text-ink-muted hover:not-aria-disabled:bg-sunken hover:not-aria-disabled:text-ink',
} satisfies Record<ButtonVariant, string>

/** Where a finger points, no target is under 44 px. */
const sizes = {
  sm: 'h-7 px-2.5 text-sm pointer-coarse:h-11',
  md: 'h-8 px-3 text-sm pointer-coarse:h-11',
  lg: 'h-10 px-4 text-base pointer-coarse:h-11',
} satisfies Record<ButtonSize, string>

/** What a button looks like, for the few places that must be a link or a menu trigger instead. */
export const buttonStyle = (
  variant: ButtonVariant = 'default',
  size: ButtonSize = 'md',
  className?: string,
) =>
  cn(
    'relative inline-flex shrink-0 select-none items-center justify-center gap-2 overflow-hidden whitespace-nowrap rounded-md border font-medium transition-colors',
    // A blocked button keeps its contrast (its reason must be read); it only loses its fill.
    'aria-disabled:border-line aria-disabled:bg-sunken aria-disabled:text-ink-faint',
    'aria-pressed:border-line-strong aria-pressed:bg-sunken aria-[current]:border-line-strong aria-[current]:bg-sunken',
    variants[variant],
    sizes[size],
    className,
  )
