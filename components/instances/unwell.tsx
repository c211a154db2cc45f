import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Status } from '#components/status/status.tsx'
import { visible } from '#components/ui/visible.ts'
import type { InstanceLine } from '#lib/instances/instance-line.ts'
import { paths } from '#lib/platform/paths.ts'
import { instanceLook } from './look.ts'

/** One quiet line above what is shown of instances that are not well; nothing when all are. */
export function Unwell({ instances }: { instances: readonly { name: string; line: InstanceLine }[] }) {
  if (instances.length === 0) return null
  return (
    <p className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-b bg-surface px-4 py-1.5 text-xs md:px-6">
      {instances.map(({ name, line }) => (
        <Link
          key={name}
          href={paths.instances()}
          className="inline-flex items-center gap-1.5 hover:underline"
        >
          <span className="font-medium text-ink">{visible(name)}</span>
          <Status look={instanceLook(line)}>
            {line.since && (
              <>
                since <Time at={line.since} as="clock" />
              </>
            )}
          </Status>
        </Link>
      ))}
    </p>
  )
}
