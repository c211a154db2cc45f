import type { DiffLook, DiffView } from '#lib/manifests/rows.ts'

export const views = { unified: 'Unified', split: 'Split', raw: 'Raw' } as const satisfies Record<
  DiffView,
  string
>

type Search = Record<string, string | string[] | undefined>

/** How an address asks for a diff to be drawn: `?view=split&only=changed`. Anything else means the usual. */
export function lookOf(search: Search): DiffLook {
  const view = [search.view].flat()[0] ?? ''
  return {
    view: Object.hasOwn(views, view) ? (view as DiffView) : 'unified',
    onlyChanged: [search.only].flat()[0] === 'changed',
  }
}

/** The same for an address; the usual look leaves no trace in it. */
export const lookQuery = ({ view, onlyChanged }: DiffLook): Record<string, string | undefined> => ({
  view: view === 'unified' ? undefined : view,
  only: onlyChanged && view !== 'raw' ? 'changed' : undefined,
})

/** Every row of a diff is this high, also one that is not drawn yet. */
export const rowHeightPx = 18
