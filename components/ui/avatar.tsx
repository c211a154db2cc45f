import { cn } from './cn.ts'

/** A person as initials; the name stands beside it, or is the name of the button around it. */
export function Avatar({ initials, className }: { initials: string; className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={cn(
        'inline-grid size-6 shrink-0 select-none place-items-center rounded-full border border-line bg-active-soft font-semibold text-2xs text-active',
        className,
      )}
    >
      {initials}
    </span>
  )
}
