'use client'

import type { ComponentProps } from 'react'
import { cn } from './cn.ts'
import { Kbd } from './kbd.tsx'

type FilterInputProps = Omit<ComponentProps<'input'>, 'type'> & { label: string }

/** The box above a list that narrows it; `/` jumps here. One to a page. */
export function FilterInput({ label, className, ...props }: FilterInputProps) {
  return (
    <div className={cn('relative w-full sm:w-60', className)}>
      <input
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={`${label}…`}
        data-filter=""
        autoComplete="off"
        spellCheck={false}
        {...props}
        className="peer h-8 w-full pointer-coarse:h-11 rounded-md border border-line-strong bg-surface pr-8 pl-2.5 text-ink text-sm focus-visible:outline-offset-0 max-sm:text-lg [&::-webkit-search-cancel-button]:hidden"
      />
      <Kbd className="pointer-events-none absolute top-1.5 right-1.5 peer-focus:hidden pointer-coarse:hidden max-sm:hidden">
        /
      </Kbd>
    </div>
  )
}
