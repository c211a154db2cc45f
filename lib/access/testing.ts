import { instant } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { newId, newSecret } from '#lib/platform/ids.ts'
import { ensureAccount } from './commands.ts'
import { hashSessionId } from './session.ts'
import type { AccessContext } from './viewer.ts'

export const testUrl = 'http://127.0.0.1:3000'
export const testIssuer = 'https://sso.acme.example/realms/acme'

/** The grants of the practice company, as the demo's countersign.yaml gives them. */
export const testGrants: AccessContext['config']['access']['grants'] = [
  { group: '/shop/developers', role: 'developer', projects: ['shop'] },
  { group: '/shop/approvers', role: 'approver', projects: ['shop'] },
  { group: '/auditors', role: 'auditor' },
]

export const testAccess = (db: Db): AccessContext => ({
  db,
  config: { url: testUrl, access: { issuer: testIssuer, grants: testGrants } },
})

/** For tests: a person with these groups and an open session, without a provider. */
export async function testSession(db: Db, groups: string[], at = instant('2026-11-23T09:00:00.000Z')) {
  const subject = newId('person')
  const account = await ensureAccount(db, {
    issuer: testIssuer,
    subject,
    name: 'Anna Beck',
    email: undefined,
    groups,
  })
  await db.account.update({ where: { id: account.accountId }, data: { groups } })
  const sessionId = newSecret()
  await db.session.create({
    data: {
      idHash: hashSessionId(sessionId) ?? '',
      accountId: account.accountId,
      createdAt: at,
      lastSeenAt: at,
      expiresAt: instant(Date.parse(at) + 8 * 3_600_000),
    },
  })
  return { ...account, sessionId, cookie: `countersign=${sessionId}` }
}
