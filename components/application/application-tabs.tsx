import { Tabs } from '#components/ui/tabs.tsx'
import { paths } from '#lib/platform/paths.ts'

export const applicationTabs = ['overview', 'signals', 'resources', 'history'] as const
export type ApplicationTab = (typeof applicationTabs)[number]

/** The tab of an address; what is none is the first. */
export const readTab = (value: string | string[] | undefined): ApplicationTab =>
  applicationTabs.find((tab) => tab === value) ?? 'overview'

const labels = {
  overview: 'Overview',
  signals: 'Signals',
  resources: 'Resources',
  history: 'History',
} as const

/** Parts of the page of an application; the choice is in the address. */
export function ApplicationTabs({
  id,
  current,
  resources,
}: {
  id: string
  current: ApplicationTab
  resources: number | undefined
}) {
  return (
    <div className="mb-4">
      <Tabs
        label="Parts of this page"
        tabs={applicationTabs.map((tab) => ({
          key: tab,
          label: (
            <>
              {labels[tab]}
              {tab === 'resources' && resources !== undefined && (
                <span className="text-ink-faint">{resources}</span>
              )}
            </>
          ),
          href: paths.application(id, tab === 'overview' ? {} : { tab }),
          current: tab === current,
        }))}
      />
    </div>
  )
}
