import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Life } from '#lib/applications/history.ts'
import { words } from '#lib/deployments/deployment.ts'
import { paths } from '#lib/platform/paths.ts'

export const lifeWords = {
  ended: { ...words.gone, recreated: 'Deleted, and created again under the same name.' },
  began: {
    found: 'Seen for the first time.',
    created: 'Created.',
    recreated: 'Created again under the same name: another object than before.',
    returned: 'Back: Argo CD has it again.',
  },
} satisfies { ended: Record<NonNullable<Life['ended']>, string>; began: Record<Life['began'], string> }

const Other = ({ of }: { of: NonNullable<Life['renamedTo']> }) => (
  <Link href={paths.application(of.id)} className="font-medium text-ink underline">
    {visible(of.name)}
  </Link>
)

/** Said on top of an application that is not there any more, or that is not the one it was. */
export function LifeNotice({ life, gone }: { life: Life | null; gone: boolean }) {
  if (gone)
    return (
      <Callout
        tone="paused"
        title={life?.ended ? lifeWords.ended[life.ended] : 'Argo CD no longer has this application.'}
        className="mb-4"
      >
        {life?.to && (
          <>
            Gone since <Time at={life.to} as="clock" />.{' '}
          </>
        )}
        {life?.renamedTo && (
          <>
            Most likely it is now <Other of={life.renamedTo} />, with the same sources and destination.{' '}
          </>
        )}
        What stands below is how it was; its history stays.
      </Callout>
    )
  if (!life || (life.began !== 'recreated' && !life.renamedFrom)) return null
  return (
    <Callout tone="neutral" title={lifeWords.began[life.began]} className="mb-4">
      Since <Time at={life.from} as="clock" />.{' '}
      {life.renamedFrom ? (
        <>
          Most likely it was <Other of={life.renamedFrom} /> before.
        </>
      ) : (
        'What ran before that stands in the history.'
      )}
    </Callout>
  )
}
