import Link from 'next/link'
import type { ComponentProps } from 'react'
import { type ButtonSize, type ButtonVariant, buttonStyle } from './button-style.ts'

type ButtonLinkProps = ComponentProps<typeof Link> & { variant?: ButtonVariant; size?: ButtonSize }

/** A link that looks like a button: it goes somewhere. Filters are these, with `aria-current="true"` when on. */
export function ButtonLink({ variant, size, className, ...props }: ButtonLinkProps) {
  return <Link {...props} className={buttonStyle(variant, size, className)} />
}

/** A link out of Countersign (Grafana, Git). It says so with an arrow and opens in its own tab. */
export function OutLink({
  variant,
  size,
  className,
  children,
  ...props
}: ComponentProps<'a'> & Omit<ButtonLinkProps, keyof ComponentProps<'a'>>) {
  return (
    <a {...props} target="_blank" rel="noreferrer" className={buttonStyle(variant, size ?? 'sm', className)}>
      {children}
      <span aria-hidden="true">↗</span>
      <span className="sr-only">(opens in a new tab)</span>
    </a>
  )
}
