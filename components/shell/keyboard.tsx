'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { later } from '#components/ui/later.tsx'
import { paths } from '#lib/platform/paths.ts'
import { usePalette } from './palette-entries.tsx'
import { press, type Shortcut } from './shortcuts.ts'

// Most people never open it; then it is never loaded.
const KeyboardHelp = later(() => import('./keyboard-help.tsx').then((module) => module.KeyboardHelp))

const storageKey = 'countersign.single-keys'
const sequenceMs = 1200
// Where a letter is text, or belongs to the widget that has focus.
const elsewhere =
  'input, textarea, select, [contenteditable="true"], [role="menu"], [role="dialog"], [role="listbox"]'

/** Moves focus, not a cursor of our own: Enter then opens by itself and screen readers follow. */
function moveRow(step: 1 | -1) {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-list] tbody > tr, [data-list] > li')]
  const links = rows.flatMap((row) => row.querySelector<HTMLElement>('a[href]') ?? [])
  const current = links.findIndex((link) => link.closest('tr, li')?.contains(document.activeElement))
  const next = current === -1 ? (step === 1 ? 0 : links.length - 1) : current + step
  links[next]?.focus()
  links[next]?.closest('tr, li')?.scrollIntoView({ block: 'nearest' })
}

/** The keyboard layer, with its help. Other places open the help with a `countersign:keys` event. */
export function Keyboard() {
  const router = useRouter()
  const { setOpen: setPalette } = usePalette()
  const [helpOpen, setHelpOpen] = useState(false)
  const [wanted, setWanted] = useState(false)
  const [single, setSingle] = useState(true)
  const pending = useRef({ keys: '', atMs: 0 })

  const showHelp = () => {
    setWanted(true)
    setHelpOpen(true)
  }
  const onHelp = useEffectEvent(showHelp)

  const act = (shortcut: Shortcut): boolean => {
    switch (shortcut) {
      case 'services':
      case 'compare':
      case 'inbox':
      case 'releases':
      case 'history':
      case 'audit':
        router.push(paths[shortcut]())
        return true
      case 'filter': {
        const filter = document.querySelector<HTMLInputElement>('[data-filter]')
        if (filter) filter.focus()
        else setPalette(true)
        return true
      }
      case 'help':
        showHelp()
        return true
      case 'next-row':
      case 'previous-row':
        moveRow(shortcut === 'next-row' ? 1 : -1)
        return true
      case 'next-page':
      case 'previous-page': {
        const page = document.querySelector<HTMLElement>(
          `main a[rel="${shortcut === 'next-page' ? 'next' : 'prev'}"]`,
        )
        page?.click()
        return page !== null
      }
    }
  }

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (
      event.key.toLowerCase() === 'k' &&
      (event.metaKey || event.ctrlKey) &&
      !event.altKey &&
      !event.shiftKey
    ) {
      event.preventDefault()
      setPalette(true)
      return
    }
    if (!single || event.defaultPrevented || event.isComposing || event.repeat) return
    if (event.metaKey || event.ctrlKey || event.altKey) return
    const target = event.target as Element | null
    if (target?.closest(elsewhere)) return
    // A wide table that has focus scrolls with the arrows.
    if (event.key.startsWith('Arrow') && target?.closest('[tabindex="0"]')) return
    const waiting = event.timeStamp - pending.current.atMs < sequenceMs ? pending.current.keys : ''
    const pressed = press(waiting, event.key)
    pending.current = { keys: pressed.pending, atMs: event.timeStamp }
    if (pressed.shortcut && act(pressed.shortcut)) event.preventDefault()
  })

  useEffect(() => {
    setSingle(localStorage.getItem(storageKey) !== 'off')
    const key = (event: KeyboardEvent) => onKey(event)
    const open = () => onHelp()
    document.addEventListener('keydown', key)
    document.addEventListener('countersign:keys', open)
    return () => {
      document.removeEventListener('keydown', key)
      document.removeEventListener('countersign:keys', open)
    }
  }, [])

  const turn = (on: boolean) => {
    setSingle(on)
    localStorage.setItem(storageKey, on ? 'on' : 'off')
  }
  return wanted ? (
    <KeyboardHelp open={helpOpen} onOpenChange={setHelpOpen} single={single} onSingle={turn} />
  ) : null
}
