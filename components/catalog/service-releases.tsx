import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Status } from '#components/status/status.tsx'
import { releaseLook } from '#components/status/tones.ts'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ServiceRelease } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { columnName } from './look.ts'

type Props = { service: string; releases: readonly ServiceRelease[]; more: boolean }

/** The newest releases of a service; older ones are behind the link. */
export function ServiceReleases({ service, releases, more }: Props) {
  return (
    <Panel
      title="Releases"
      note={more && `the newest ${releases.length}`}
      aside={
        more && (
          <ButtonLink size="sm" href={paths.releases({ service })}>
            All releases
          </ButtonLink>
        )
      }
    >
      {releases.length === 0 ? (
        <Empty kind="nothing-yet" title="No release yet">
          Open a protected application that is behind, read its plan and ask for a release there.
        </Empty>
      ) : (
        <Table caption={`Releases of ${visible(service)}`} list>
          <Thead>
            <Th>State</Th>
            <Th>Environment</Th>
            <Th>Reason</Th>
            <Th>Asked for by</Th>
            <Th end>Age</Th>
          </Thead>
          <tbody>
            {releases.map((release) => (
              <Tr key={release.id}>
                <Td row>
                  <Link href={paths.release(release.id)} className="rounded-sm hover:underline">
                    <Status look={releaseLook(release.state, release)} className="text-sm text-ink" />
                  </Link>
                </Td>
                <Td className="whitespace-nowrap">{columnName(release)}</Td>
                <Td className="max-w-96 truncate text-ink-muted">{visible(release.reason)}</Td>
                <Td className="whitespace-nowrap">{visible(release.requester)}</Td>
                <Td end className="whitespace-nowrap text-ink-faint">
                  <Time at={release.createdAt} />
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  )
}
