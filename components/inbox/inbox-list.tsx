import Link from 'next/link'
import { ReleaseTable } from '#components/releases/release-table.tsx'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import { visible } from '#components/ui/visible.ts'
import { inboxTabs, keyOf } from '#lib/inbox/inbox.ts'
import type { InboxRow, InboxView } from '#lib/inbox/loaders.ts'
import { paths } from '#lib/platform/paths.ts'

const words = {
  mine: { label: 'Needs me', caption: 'Releases that wait for you', head: 'Ends' },
  asked: { label: 'I asked', caption: 'Open releases that you asked for', head: 'Why not you' },
  all: { label: 'All open', caption: 'Open releases', head: 'Why not you' },
} as const

const addressOf = (tab: keyof typeof words, after?: string) =>
  paths.inbox({ tab: tab === 'mine' ? undefined : tab, after })

/** The ways to look at what is open, each with how much it holds. */
export function InboxTabs({ tab, counts }: Pick<InboxView, 'tab' | 'counts'>) {
  return (
    <Tabs
      label="What is open"
      tabs={inboxTabs.map((each) => ({
        key: each,
        href: addressOf(each),
        current: each === tab,
        label: (
          <>
            {words[each].label} <span className="text-ink-muted tabular-nums">{counts[each]}</span>
          </>
        ),
      }))}
    />
  )
}

/** When it ends, what makes it risky, and the way straight to its changes. */
function Waiting({ release }: { release: InboxRow['release'] }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      {release.state === 'requested' && (
        <span>
          expires <Time at={release.notAfter} as="ago" />
        </span>
      )}
      {release.raised.map((why) => (
        <Chip key={why} tone="attention" glyph="triangle" title={visible(why)}>
          {visible(why)}
        </Chip>
      ))}
      <Link href={`${paths.release(release.id)}#diff`} className="underline">
        Read the changes
        <span className="sr-only"> of {visible(release.application.service)}</span>
      </Link>
    </span>
  )
}

/** One page of a tab; `quiet`: something else waits above or below, so nothing is said of an empty one at length. */
export function InboxList({ view, quiet }: { view: InboxView; quiet: boolean }) {
  const { tab, rows, next, first } = view
  const { caption, head } = words[tab]
  const whyOf = new Map(rows.map(({ release, why }) => [release.id, why]))
  return (
    <>
      <Panel mine={tab === 'mine' && rows.length > 0}>
        {rows.length > 0 ? (
          <ReleaseTable
            caption={caption}
            releases={rows.map(({ release }) => release)}
            note={{
              head,
              of: (release) =>
                tab === 'mine' ? (
                  <Waiting release={release} />
                ) : (
                  (whyOf.get(release.id) ?? 'It waits for you.')
                ),
            }}
          />
        ) : (
          <Nothing tab={tab} quiet={quiet} />
        )}
      </Panel>
      {(!first || next) && (
        <Pager
          summary={`${rows.length} shown, what expires first stands first`}
          previous={first ? undefined : addressOf(tab)}
          next={next && addressOf(tab, keyOf(next))}
        />
      )}
    </>
  )
}

function Nothing({ tab, quiet }: { tab: InboxView['tab']; quiet: boolean }) {
  if (tab !== 'mine' || quiet)
    return (
      <p className="px-4 py-3 text-ink-muted text-sm">
        {tab === 'asked'
          ? 'None of your requests is open.'
          : `No release ${tab === 'all' ? 'is open' : 'waits for you'}.`}
      </p>
    )
  return (
    <Empty
      kind="nothing-yet"
      title="Nothing waits for you"
      action={<ButtonLink href={paths.releases()}>See all releases</ButtonLink>}
    >
      A release that you may approve, or whose end you may settle, appears here by itself, as does a change
      that no release explains.
    </Empty>
  )
}
