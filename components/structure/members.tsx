import Link from 'next/link'
import { place } from '#components/releases/words.ts'
import { Status } from '#components/status/status.tsx'
import { healthLook, syncLook } from '#components/status/tones.ts'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { Member } from '#lib/structure/schema.ts'

/** Service and environment of an application, or that no rule maps it. */
export function MemberPlace({ member }: { member: Member }) {
  if (member.service === null) return <span className="text-ink-faint">unmapped</span>
  return (
    <>
      <Link href={paths.service(member.service)} className="hover:underline">
        {visible(member.service)}
      </Link>
      {member.environment !== null && (
        <span className="text-ink-muted"> {visible(place(member.environment, member.target))}</span>
      )}
    </>
  )
}

/** The same as text, for below a link: two links so close could not be told apart by a thumb. */
export const placeText = ({ service, environment, target }: Member): string =>
  service === null
    ? 'unmapped'
    : visible(`${service} ${environment === null ? '' : place(environment, target)}`)

/** Applications of a set or a project, one a row. */
export function Members({ caption, members }: { caption: string; members: readonly Member[] }) {
  return (
    <Table caption={caption} list>
      <Thead>
        <Th>Application</Th>
        <Th className="max-sm:hidden">Service</Th>
        <Th className="max-sm:hidden">Version</Th>
        <Th>Health</Th>
        <Th className="max-sm:hidden">Sync</Th>
      </Thead>
      <tbody>
        {members.map((member) => (
          <Tr key={member.id}>
            <Td row className="whitespace-nowrap">
              <Link href={paths.application(member.id)} className="font-medium hover:underline">
                {visible(member.name)}
              </Link>
              <div className="text-ink-muted text-xs sm:hidden">{placeText(member)}</div>
            </Td>
            <Td className="whitespace-nowrap max-sm:hidden">
              <MemberPlace member={member} />
            </Td>
            <Td className="whitespace-nowrap font-mono text-xs max-sm:hidden">
              {member.version === null ? (
                <span className="text-ink-faint">unknown</span>
              ) : (
                visible(member.version)
              )}
            </Td>
            <Td>
              <Status look={healthLook(member.health)} />
            </Td>
            <Td className="max-sm:hidden">
              <Status look={syncLook(member.sync)} />
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

/** How many are shown of how many. */
export const shownOf = (shown: number, all: number): string => (shown < all ? `${shown} of ${all}` : `${all}`)
