import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { Forbidden } from '#components/access/forbidden.tsx'
import { EmergencyRibbon } from '#components/emergencies/emergency-ribbon.tsx'
import { Unwell } from '#components/instances/unwell.tsx'
import { PauseRibbon } from '#components/pauses/pause-ribbon.tsx'
import { readZone, ZONE_COOKIE } from '#components/shell/preferences.ts'
import { Shell } from '#components/shell/shell.tsx'
import { readTheme, THEME_COOKIE } from '#components/shell/theme.ts'
import { loadRefusal } from '#lib/access/loaders.ts'
import { can } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { loadShell } from '#lib/catalog/loaders.ts'
import { loadEmergenciesNow } from '#lib/emergencies/loaders.ts'
import { loadUnwell } from '#lib/instances/loaders.ts'
import { loadPausesNow } from '#lib/pauses/loaders.ts'

/** What is around every page. Pages ask for the viewer themselves: a layout stays when pages change. */
export default async function PortalLayout({ children }: { children: ReactNode }) {
  const viewer = await requireViewer()
  const shell = await loadShell(viewer)
  if (!shell)
    return (
      <main className="grid min-h-dvh place-items-center">
        <Forbidden refusal={await loadRefusal(viewer, 'read')} />
      </main>
    )
  const jar = await cookies()
  return (
    <Shell
      viewer={{
        name: viewer.name,
        initials: viewer.initials,
        roles: [...new Set(viewer.grants.map((grant) => grant.role))],
      }}
      inboxCount={shell.inboxCount}
      instances={shell.instances}
      now={shell.now}
      zone={readZone(jar.get(ZONE_COOKIE)?.value)}
      theme={readTheme(jar.get(THEME_COOKIE)?.value)}
      audits={can(viewer, 'read:log')}
      notice={
        <>
          <EmergencyRibbon {...(await loadEmergenciesNow())} />
          <PauseRibbon {...(await loadPausesNow())} />
          <Unwell instances={await loadUnwell()} />
        </>
      }
    >
      {children}
    </Shell>
  )
}
