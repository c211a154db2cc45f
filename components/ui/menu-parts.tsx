'use client'

import { Menu as Base } from '@base-ui/react/menu'
import Link from 'next/link'
import { useEffect, useRef } from 'react'
import type { ChoiceProps, ItemProps, LinkProps, MenuProps } from './menu.tsx'

const item =
  'flex min-h-8 items-center gap-2 rounded-sm px-2 text-ink text-sm outline-none data-highlighted:bg-sunken data-disabled:text-ink-faint pointer-coarse:min-h-11'

type WindowProps = Pick<MenuProps, 'trigger' | 'children' | 'align'> & { opened: 'pointer' | 'keyboard' }

/** The menu and its button, open from the start because the button was just pressed. */
export function MenuWindow({ trigger, children, align = 'end', opened }: WindowProps) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // A press from the keyboard moves to the first entry, so it has to look like one.
    button.current?.focus()
    if (opened === 'keyboard') button.current?.click()
  }, [opened])
  return (
    <Base.Root modal={false} defaultOpen={opened === 'pointer'}>
      <Base.Trigger ref={button} render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={6} collisionPadding={8} className="z-50 outline-none">
          <Base.Popup className="max-h-(--available-height) min-w-52 max-w-80 overflow-y-auto overscroll-contain rounded-lg border border-line bg-surface p-1 shadow-float outline-none transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

export function Item({ onSelect, children }: ItemProps) {
  return (
    <Base.Item onClick={onSelect} className={item}>
      {children}
    </Base.Item>
  )
}

export function LinkItem({ href, children }: LinkProps) {
  return (
    <Base.LinkItem render={<Link href={href} />} closeOnClick className={item}>
      {children}
    </Base.LinkItem>
  )
}

export function Separator() {
  return <Base.Separator className="-mx-1 my-1 h-px bg-line" />
}

export function Choice<T extends string>({ label, value, onChange, options }: ChoiceProps<T>) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 pt-1.5 pb-0.5 text-2xs text-ink-faint">{label}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={onChange}>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} closeOnClick={false} className={item}>
            <span
              aria-hidden="true"
              className="grid size-3.5 place-items-center rounded-full border border-line-strong"
            >
              <Base.RadioItemIndicator className="size-2 rounded-full bg-accent forced-colors:bg-[Highlight]" />
            </span>
            {option.label}
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  )
}
