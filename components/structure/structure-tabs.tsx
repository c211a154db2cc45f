import { Tabs } from '#components/ui/tabs.tsx'
import { paths } from '#lib/platform/paths.ts'

const pages = [
  { label: 'ApplicationSets', href: paths.applicationSets() },
  { label: 'Projects', href: paths.projects() },
  { label: 'Instances', href: paths.instances() },
  { label: 'Unmapped', href: paths.unmapped() },
] as const

/** What lies behind the services: where applications come from and where they run. */
export function StructureTabs({ here }: { here: (typeof pages)[number]['label'] }) {
  return (
    <Tabs
      label="Argo CD"
      tabs={pages.map(({ label, href }) => ({ label, href, key: label, current: label === here }))}
    />
  )
}
