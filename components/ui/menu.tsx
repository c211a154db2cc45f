'use client'

import {
  type ComponentProps,
  cloneElement,
  createContext,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  use,
  useState,
} from 'react'

type Parts = typeof import('./menu-parts.tsx')

export type MenuProps = {
  trigger: ReactElement<ComponentProps<'button'>>
  children: ReactNode
  align?: 'start' | 'end'
}
export type ItemProps = { onSelect: () => void; children: ReactNode }
export type LinkProps = { href: string; children: ReactNode }
export type ChoiceProps<T extends string> = {
  label: string
  value: T
  onChange: (value: T) => void
  options: readonly { value: T; label: string }[]
}

const load = (): Promise<Parts> => import('./menu-parts.tsx')
const preload = () => void load().catch(() => {})
const PartsContext = createContext<Parts | undefined>(undefined)

/**
 * A menu button. `trigger` is one button element with its accessible name. The code behind it comes when the button
 * is first pointed at or focused; the press then replaces the plain button by the whole menu.
 */
export function Menu({ trigger, children, align = 'end' }: MenuProps) {
  const [parts, setParts] = useState<Parts>()
  const [opened, setOpened] = useState<'pointer' | 'keyboard'>()
  const open = (by: 'pointer' | 'keyboard') => {
    setOpened(by)
    load().then(setParts, () => setOpened(undefined))
  }
  if (parts && opened)
    return (
      <PartsContext value={parts}>
        <parts.MenuWindow trigger={trigger} align={align} opened={opened}>
          {children}
        </parts.MenuWindow>
      </PartsContext>
    )
  return cloneElement(trigger, {
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    'aria-busy': opened !== undefined || undefined,
    onPointerEnter: preload,
    onFocus: preload,
    // Enter and Space arrive as a click without a pointer.
    onClick: (event) => open(event.detail === 0 ? 'keyboard' : 'pointer'),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
      event.preventDefault()
      open('keyboard')
    },
  })
}

/** Does something. */
export function MenuItem(props: ItemProps) {
  const parts = use(PartsContext)
  return parts && <parts.Item {...props} />
}

/** Goes somewhere. */
export function MenuLink(props: LinkProps) {
  const parts = use(PartsContext)
  return parts && <parts.LinkItem {...props} />
}

/** A line between groups. */
export function MenuSeparator() {
  const parts = use(PartsContext)
  return parts && <parts.Separator />
}

/** One of several, e.g. the theme. The menu stays open, so that the effect can be seen. */
export function MenuChoice<T extends string>(props: ChoiceProps<T>) {
  const parts = use(PartsContext)
  return parts && <parts.Choice {...props} />
}
