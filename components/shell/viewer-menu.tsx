'use client'

import { useState } from 'react'
import { Avatar } from '#components/ui/avatar.tsx'
import { Menu, MenuChoice, MenuItem, MenuLink, MenuSeparator } from '#components/ui/menu.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import { setCookie } from './cookie.ts'
import { signOut } from './sign-out.ts'
import { THEME_COOKIE, type Theme } from './theme.ts'

/** Who is signed in, as far as the shell cares. */
export type ShellViewer = { name: string; initials: string; roles: readonly string[] }

const themes = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const satisfies readonly { value: Theme; label: string }[]

function show(theme: Theme) {
  setCookie(THEME_COOKIE, theme)
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

/** Person, theme, what is rarely needed, sign out. */
export function ViewerMenu({ viewer, theme: stored }: { viewer: ShellViewer; theme: Theme }) {
  const [theme, setTheme] = useState(stored)
  const choose = (next: Theme) => {
    setTheme(next)
    show(next)
  }
  return (
    <Menu
      trigger={
        <button
          type="button"
          className="grid size-8 place-items-center rounded-full pointer-coarse:-mx-1.5 pointer-coarse:size-11"
        >
          <Avatar initials={viewer.initials} />
          <span className="sr-only">You: {visible(viewer.name)}</span>
        </button>
      }
    >
      <div className="px-2 pt-1.5 pb-2">
        <div className="truncate font-medium text-ink text-sm">{visible(viewer.name)}</div>
        <div className="text-ink-muted text-xs">{viewer.roles.join(', ') || 'no role'}</div>
      </div>
      <MenuSeparator />
      <MenuLink href={paths.applicationSets()}>ApplicationSets</MenuLink>
      <MenuLink href={paths.projects()}>Projects</MenuLink>
      <MenuLink href={paths.instances()}>Instances of Argo CD</MenuLink>
      <MenuLink href={paths.unmapped()}>Unmapped applications</MenuLink>
      <MenuItem onSelect={() => document.dispatchEvent(new Event('countersign:keys'))}>
        Keyboard shortcuts
      </MenuItem>
      <MenuSeparator />
      <MenuChoice label="Theme" value={theme} onChange={choose} options={themes} />
      <MenuSeparator />
      <MenuItem onSelect={signOut}>Sign out</MenuItem>
    </Menu>
  )
}
