import { describe, expect, test } from 'vitest'
import * as seed from './testing.ts'
import { admin, approve, claim, plan, request, requester, web, worker } from './testing-attacks.ts'

const twoGroups = {
  approvals: 1,
  groups: [
    { group: '/leads', count: 1 },
    { group: '/shop', count: 1 },
  ],
}
const somebody = (...groups: string[]) => seed.seedPerson(admin, 'Somebody', { groups })
const asked = () => request({ policy: twoGroups })
const move = (release: string, by: seed.Who) =>
  seed.moveRelease(web, release, 'approved', { kind: 'person', ...by }, ', approved_at = now()')
const groupsOf = async (release: string) =>
  (await admin.query('SELECT groups FROM rel.decision WHERE release_id = $1', [release])).rows.map(
    (r) => r.groups,
  )

describe('groups with a quorum each', () => {
  test('one person of each: approved', async () => {
    const release = await asked()
    const [both, shop] = [await somebody('/leads', '/shop'), await somebody('/shop')]
    await approve(release, both)
    await approve(release, shop)
    await move(release, shop)
    expect(await groupsOf(release)).toEqual([['/leads', '/shop'], ['/shop']])
  })
  test('one person who is in both is one', async () => {
    const release = await asked()
    const both = await somebody('/leads', '/shop')
    await approve(release, both)
    await expect(move(release, both)).rejects.toThrow('1 of 2 approvals')
  })
  test('two of one group are not enough, nor are three', async () => {
    const release = await asked()
    for (let i = 0; i < 3; i++) await approve(release, await somebody('/shop'))
    await expect(move(release, await somebody())).rejects.toThrow('1 of 2 approvals')
  })
  test('groups joined after the decision do not count', async () => {
    const release = await asked()
    const [late, shop] = [await somebody('/shop'), await somebody('/shop')]
    await approve(release, late)
    await approve(release, shop)
    await admin.query(`UPDATE access.account SET groups = '{/leads}' WHERE id = $1`, [late.account])
    await expect(move(release, shop)).rejects.toThrow('1 of 2 approvals')
  })
  test('groups left after the decision still do', async () => {
    const release = await asked()
    const [lead, shop] = [await somebody('/leads'), await somebody('/shop')]
    await approve(release, lead)
    await approve(release, shop)
    await admin.query(`UPDATE access.account SET groups = '{}' WHERE id = $1`, [lead.account])
    await move(release, shop)
  })
  test('the approval of a lead who was disabled since does not dispatch', async () => {
    const release = await asked()
    const [lead, shop] = [await somebody('/leads'), await somebody('/shop')]
    await approve(release, lead)
    await approve(release, shop)
    await move(release, shop)
    await admin.query('UPDATE access.account SET enabled = false WHERE id = $1', [lead.account])
    await claim(release)
    const receipt = await seed.anchorAll(admin)
    await expect(seed.insertIntent(worker, { release, plan, receipt, dispatch: true })).rejects.toThrow(
      '1 of 2 approvals',
    )
  })
  test('a decision cannot bring its groups along', async () => {
    const release = await asked()
    const shop = await somebody('/shop')
    await expect(
      web.query(`INSERT INTO rel.decision (id, release_id, groups) VALUES ('dec_x', $1, '{/leads}')`, [
        release,
      ]),
    ).rejects.toThrow('permission denied')
    await approve(release, shop)
    for (const role of [web, worker])
      await expect(role.query(`UPDATE rel.decision SET groups = '{/leads}'`)).rejects.toThrow(
        'permission denied',
      )
    await expect(admin.query(`UPDATE rel.decision SET groups = '{/leads}'`)).rejects.toThrow('append-only')
    expect(await groupsOf(release)).toEqual([['/shop']])
  })
})

describe('a policy is refused', () => {
  test.each<[string, unknown, string]>([
    ['that asks for more people than the release', { approvals: 3 }, 'fewer approvals than its policy'],
    [
      'whose groups need more people',
      { groups: [{ group: '/a', count: 3 }] },
      'fewer approvals than its policy',
    ],
    ['with a count of nothing', { groups: [{ group: '/a', count: 0 }] }, 'a name and a count'],
    ['with a negative count', { groups: [{ group: '/a', count: -1 }] }, 'a name and a count'],
    ['with a count in halves', { groups: [{ group: '/a', count: 1.5 }] }, 'a name and a count'],
    ['with groups that are none', { groups: 'all' }, 'at most eight groups'],
    [
      'with more groups than can be tried',
      { groups: Array(9).fill({ group: '/a', count: 1 }) },
      'at most eight',
    ],
  ])('%s', async (_, policy, why) => {
    await expect(request({ policy })).rejects.toThrow(why)
  })
  test('in an open release: it is frozen', async () => {
    const release = await asked()
    for (const role of [web, worker])
      await expect(
        role.query(`UPDATE rel.release SET policy = '{}', required_approvals = 1 WHERE id = $1`, [release]),
      ).rejects.toThrow('permission denied')
    await expect(
      admin.query(`UPDATE rel.release SET policy = '{}' WHERE id = $1`, [release]),
    ).rejects.toThrow('frozen')
  })
  test('by the requester, who fills no group', async () => {
    await expect(approve(await asked(), requester)).rejects.toThrow('four_eyes')
  })
})
