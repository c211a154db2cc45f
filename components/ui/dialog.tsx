'use client'

import { type ReactNode, useState } from 'react'
import { later } from './later.tsx'

export type DialogProps = {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: ReactNode
  /** One or two sentences: what will happen. Announced together with the title. */
  description?: ReactNode
  children?: ReactNode
  /** The buttons that do something. Cancel is always there and stands first. */
  actions?: ReactNode
  cancel?: string
  /** Where focus starts. `cancel` for anything that cannot be taken back, so that Enter does no harm. */
  focus?: 'first' | 'cancel'
  width?: 'sm' | 'md' | 'lg'
  /** While a request runs: Escape and a press outside do not close the dialog. */
  busy?: boolean
}

const DialogWindow = later(() => import('./dialog-window.tsx').then((module) => module.DialogWindow))
export const loadDialogWindow = DialogWindow.preload

/** A modal dialog. Its code comes when it is first opened; `loadDialogWindow` fetches it before that. */
export function Dialog(props: DialogProps) {
  const [wasOpen, setWasOpen] = useState(false)
  const [wanted, setWanted] = useState(false)
  // A window that is made open has not seen where focus came from; closing gives it back there.
  const [opener, setOpener] = useState<Element | null>(null)
  if (props.open !== wasOpen) {
    setWasOpen(props.open)
    if (props.open) {
      setWanted(true)
      if (typeof document !== 'undefined') setOpener(document.activeElement)
    }
  }
  return wanted ? <DialogWindow {...props} opener={opener} /> : null
}
