import Link from 'next/link'
import { Status } from '#components/status/status.tsx'
import { healthLook } from '#components/status/tones.ts'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Resource } from '#lib/applications/resource.ts'
import { paths } from '#lib/platform/paths.ts'

/** Which resources make the application ill, and what Argo CD says of each. */
export function IllPanel({ id, ill, count }: { id: string; ill: readonly Resource[]; count: number }) {
  if (count === 0) return null
  return (
    <Panel
      title="Not healthy"
      note={`${count} ${count === 1 ? 'resource' : 'resources'}`}
      aside={
        <Link href={paths.application(id, { tab: 'resources' })} className="hover:text-ink hover:underline">
          All resources
        </Link>
      }
    >
      <Rows>
        {ill.map(({ key, kind, name, health, message }) => (
          <li key={key} className="grid gap-x-4 gap-y-0.5 px-4 py-2.5 text-sm sm:grid-cols-[8rem_1fr]">
            <Status look={healthLook(health ?? '')} />
            <div className="min-w-0">
              <p className="break-words">
                {visible(kind)} <span className="font-medium">{visible(name)}</span>
              </p>
              {message && <p className="break-words text-ink-muted">{visible(message)}</p>}
            </div>
          </li>
        ))}
      </Rows>
    </Panel>
  )
}
