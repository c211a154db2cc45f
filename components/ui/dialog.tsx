'use client'

import dynamic from 'next/dynamic'
import { type ReactNode, useState } from 'react'

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

export const loadDialogWindow = () => import('./dialog-window.tsx').then((module) => module.DialogWindow)
const DialogWindow = dynamic(loadDialogWindow)

/** A modal dialog. Its code comes when it is first opened; `loadDialogWindow` fetches it before that. */
export function Dialog(props: DialogProps) {
  const [wanted, setWanted] = useState(props.open)
  if (props.open && !wanted) setWanted(true)
  return wanted ? <DialogWindow {...props} /> : null
}
