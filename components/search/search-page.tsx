import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { FilterInput } from '#components/ui/filter-input.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import { paths } from '#lib/platform/paths.ts'
import type { SearchView } from '#lib/search/loaders.ts'
import { kinds, queryLengthMax, type SearchGroup } from '#lib/search/search.ts'
import { ResultList } from './result-list.tsx'
import { kindWords } from './words.ts'

/** Everything that a text could mean: a few of each kind, or all of one kind, page by page. */
export function SearchPage({ view }: { view: SearchView }) {
  const { q, kind } = view
  const tab = (key: string, label: string, only?: string) => ({
    key,
    label,
    href: paths.search({ q, kind: only }),
    current: kind === only,
  })
  return (
    <>
      <PageHeader title="Search" />
      <search>
        <form action={paths.search()} className="flex gap-2 pb-3">
          <FilterInput
            label="Search"
            name="q"
            key={q}
            defaultValue={q}
            maxLength={queryLengthMax}
            className="sm:w-96"
          />
          {kind && <input type="hidden" name="kind" value={kind} />}
          <Button type="submit">Search</Button>
        </form>
      </search>
      {view.state !== 'empty' && (
        <div className="pb-3">
          <Tabs
            label="Kinds"
            tabs={[tab('all', 'All'), ...kinds.map((each) => tab(each, kindWords[each], each))]}
          />
        </div>
      )}
      <Answer view={view} />
    </>
  )
}

function Answer({ view }: { view: SearchView }) {
  switch (view.state) {
    case 'empty':
      return (
        <Empty kind="nothing-yet" title="What are you looking for">
          Services, applications, releases, commits, images and people are found by their names, by the
          beginning of an id or SHA, and despite a typing error.
        </Empty>
      )
    case 'too-long':
      return (
        <Callout tone="attention" title="That is too long to look for">
          At most {queryLengthMax} characters are searched for. A few words find more.
        </Callout>
      )
    case 'too-slow':
      return (
        <Callout tone="attention" title="The search was given up">
          It took too long. Try other words, or more letters.
        </Callout>
      )
    case 'found':
      return view.groups.length > 0 ? (
        <div className="grid gap-3">
          {view.groups.map((group) => (
            <Group key={group.kind} group={group} view={view} />
          ))}
        </div>
      ) : (
        <NothingFound view={view} />
      )
  }
}

function Group({ group, view }: { group: SearchGroup; view: SearchView }) {
  const { q, kind, after } = view
  const name = kindWords[group.kind]
  const more = paths.search({ q, kind: group.kind })
  return (
    <section aria-label={name} className="grid gap-1">
      {!kind && <h2 className="font-semibold text-base text-ink">{name}</h2>}
      <Panel>
        <ResultList results={group.results} label={name} />
      </Panel>
      {kind ? (
        <Pager
          summary={group.cut ? 'More matches than are looked at; more letters narrow it.' : 'Best first'}
          previous={after ? more : undefined}
          next={group.next && paths.search({ q, kind, after: group.next })}
        />
      ) : (
        group.next && (
          <p>
            <ButtonLink href={more} variant="quiet" size="sm">
              All {name.toLowerCase()} that match
            </ButtonLink>
          </p>
        )
      )}
    </section>
  )
}

function NothingFound({ view: { q, kind, after } }: { view: SearchView }) {
  const everywhere = kind && (
    <ButtonLink href={paths.search({ q })}>{after ? 'Back to the beginning' : 'Search all kinds'}</ButtonLink>
  )
  return (
    <Empty kind="nothing-matches" title={after ? 'No more results' : 'Nothing found'} action={everywhere}>
      Nothing that you may read matches{kind ? ' among these' : ''}. One or two letters find only what begins
      with them.
    </Empty>
  )
}
