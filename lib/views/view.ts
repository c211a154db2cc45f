/** A view as one person sees it. */
export type View = {
  id: string
  name: string
  /** What stands behind the question mark of the address. */
  query: string
  own: boolean
  /** Name of the person it belongs to. */
  owner: string
  /** The group that sees it too. */
  sharedWith: string | null
  /** Opens by itself at the services' bare address; its owner's only. */
  isDefault: boolean
}

export type Views = {
  views: View[]
  /** The groups with which this person may share. */
  groups: string[]
}

/** More is a list nobody reads. */
export const viewsMax = 100

export type ViewRefusal =
  | { code: 'no-such-view' }
  | { code: 'name-taken'; name: string }
  | { code: 'not-in-group'; group: string }
  | { code: 'too-many' }

/** Why a view was not saved, for people. */
export function explainView(refusal: ViewRefusal): string {
  switch (refusal.code) {
    case 'no-such-view':
      return 'There is no such view, or it is not yours to change.'
    case 'name-taken':
      return `You have a view called “${refusal.name}” already.`
    case 'not-in-group':
      return `You are not in the group ${refusal.group}, so you cannot share with it.`
    case 'too-many':
      return `You have ${viewsMax} views. Delete one first.`
  }
}
