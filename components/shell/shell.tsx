import Link from 'next/link'
import type { ReactNode } from 'react'
import { paths } from '#lib/platform/paths.ts'
import { destinationsOf } from './destinations.ts'
import { Going } from './going.tsx'
import { InboxCountProvider, TabMark } from './inbox-count.tsx'
import { Keyboard } from './keyboard.tsx'
import { RefreshOn } from './live.tsx'
import { type InstanceState, LiveMarker } from './live-marker.tsx'
import { Logo } from './logo.tsx'
import { Nav, ThumbNav } from './nav.tsx'
import { PaletteEntries, type PaletteEntry } from './palette-entries.tsx'
import { PaletteHost } from './palette-host.tsx'
import { Providers } from './providers.tsx'
import { RouteFocus } from './route-focus.tsx'
import { SearchBox } from './search-box.tsx'
import type { Theme } from './theme.ts'
import { type ShellViewer, ViewerMenu } from './viewer-menu.tsx'

type ShellProps = {
  viewer: ShellViewer
  /** How many releases and findings wait for this viewer. */
  inboxCount: number
  instances: readonly InstanceState[]
  /** The server's time as an ISO instant. */
  now: string
  /** The viewer's time zone from its cookie (`readZone`). */
  zone: string
  theme: Theme
  /** May read the log. */
  audits: boolean
  /** A line under the header, for what every page has to say. */
  notice?: ReactNode
  children: ReactNode
}

const goTo = (audits: boolean): readonly PaletteEntry[] => [
  ...destinationsOf(audits).map((destination) => ({
    id: `go:${destination.name}`,
    label: destination.name,
    hint: destination.keys,
    group: 'Go to',
    href: destination.href,
  })),
  { id: 'go:sets', label: 'ApplicationSets', group: 'Go to', href: paths.applicationSets() },
  { id: 'go:projects', label: 'Projects', group: 'Go to', href: paths.projects() },
  { id: 'go:instances', label: 'Instances of Argo CD', group: 'Go to', href: paths.instances() },
  { id: 'go:findings', label: 'Findings: unauthorised changes', group: 'Go to', href: paths.findings() },
  { id: 'go:policies', label: 'Policies: who must approve', group: 'Go to', href: paths.policies() },
  {
    id: 'go:standard-changes',
    label: 'Standard changes: approved beforehand',
    group: 'Go to',
    href: paths.standardChanges(),
  },
  { id: 'go:pauses', label: 'Pauses: stop releases', group: 'Go to', href: paths.pauses() },
  {
    id: 'go:emergencies',
    label: 'Emergencies: break-glass releases',
    group: 'Go to',
    href: paths.emergencies(),
  },
  { id: 'go:freezes', label: 'Freezes and deployment windows', group: 'Go to', href: paths.freezes() },
  { id: 'go:unmapped', label: 'Unmapped applications', group: 'Go to', href: paths.unmapped() },
]

// Made once: the palette compares by identity.
const [auditorsGoTo, othersGoTo] = [goTo(true), goTo(false)]

/** What is around every page of the portal: header, one main, and what listens in the background. */
export function Shell(props: ShellProps) {
  const { viewer, inboxCount, instances, now, zone, theme, audits, notice, children } = props
  return (
    <Providers now={now} zone={zone}>
      <InboxCountProvider initial={inboxCount}>
        <a
          href="#main"
          className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 font-medium text-on-accent text-sm focus:translate-y-0"
        >
          Skip to content
        </a>
        <header className="z-30 border-line border-b bg-surface md:sticky md:top-0">
          <div className="flex h-12 items-center gap-2 px-4 md:gap-4 md:px-6 lg:gap-6">
            <Link
              href={paths.services()}
              className="flex h-8 items-center gap-2 rounded-sm font-semibold text-base text-ink pointer-coarse:h-11"
            >
              <Logo />
              Countersign
            </Link>
            <Nav audits={audits} />
            <div className="ml-auto flex min-w-0 items-center gap-2">
              <SearchBox />
              <LiveMarker instances={instances} />
              <ViewerMenu viewer={viewer} theme={theme} />
            </div>
          </div>
        </header>
        {notice}
        <main id="main" tabIndex={-1} className="px-4 pb-20 outline-none md:px-6 md:pb-8">
          {children}
        </main>
        <ThumbNav audits={audits} />
        <PaletteHost />
        <PaletteEntries entries={audits ? auditorsGoTo : othersGoTo} />
        <Keyboard />
        <TabMark />
        <RouteFocus />
        <Going />
        <RefreshOn names={[{ instance: '*' }]} />
      </InboxCountProvider>
    </Providers>
  )
}
