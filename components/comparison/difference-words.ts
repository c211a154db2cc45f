import type { Look } from '#components/status/tones.ts'
import { visible } from '#components/ui/visible.ts'
import type { Difference, Side } from '#lib/comparison/comparison.ts'
import { writeSide } from '#lib/comparison/comparison.ts'
import { momentIn, momentText } from '#lib/past/moment.ts'

/** `prod eu`, and of when it is if it is not now. */
export function sideName(side: Side, other: Side): string {
  const place = visible([side.environment, side.target].filter(Boolean).join(' '))
  if (side.at === other.at) return place
  return side.at === null ? `${place} now` : `${place} as of ${momentText(side.at)}`
}

/** How two applications differ, said of the left. */
export function differenceLook(difference: Difference, left: string, right: string): Look {
  switch (difference.kind) {
    case 'same':
      return { tone: 'neutral', label: 'same' }
    case 'version':
      if (difference.order === 'behind') return { tone: 'attention', label: `${left} is behind` }
      if (difference.order === 'ahead') return { tone: 'active', label: `${left} is ahead` }
      return { tone: 'attention', label: 'other version' }
    case 'images':
      return { tone: 'attention', label: 'same version, other images' }
    case 'configuration':
      return { tone: 'paused', label: 'configuration only' }
    case 'only-left':
      return { tone: 'neutral', label: `only in ${left}` }
    case 'only-right':
      return { tone: 'neutral', label: `only in ${right}` }
    case 'cannot-tell':
      return { tone: 'neutral', glyph: 'dashed', label: 'cannot tell' }
  }
}

/** The filter of one kind. */
export const kindWords = (kind: Difference['kind'], left: string, right: string): string =>
  ({
    version: 'Version',
    images: 'Images',
    configuration: 'Configuration only',
    'only-left': `Only in ${left}`,
    'only-right': `Only in ${right}`,
    'cannot-tell': 'Cannot tell',
    same: 'Same',
  })[kind]

type Asked = { left: Side; right: Side; only: string; q: string | undefined }

/** What the address of the page holds of a question. */
export const addressOf = ({ left, right, only, q }: Asked): Record<string, string | undefined> => {
  const at = (side: Side) => (side.at === null ? undefined : momentIn(side.at))
  const shared = left.at !== null && left.at === right.at
  return {
    left: writeSide(left),
    right: writeSide(right),
    ...(shared ? { at: at(left) } : { leftAt: at(left), rightAt: at(right) }),
    only: only === 'differences' ? undefined : only,
    q,
  }
}
