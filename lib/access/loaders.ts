import 'server-only'
import { getConfig, getDb } from '#lib/platform/context.ts'
import { listAccounts } from './data.ts'
import { safeNext } from './next-address.ts'
import { type Permission, type Role, rolesWith } from './policy.ts'
import { type SignInProblem, signInProblems } from './sign-in.ts'
import { findPageViewer, type Viewer, viewerOf } from './viewer.ts'

/** Everybody who can sign in now, as those who could be asked to approve: for `candidates` of a release. */
export async function loadPeople(db = getDb(), access = getConfig().access): Promise<Viewer[]> {
  const accounts = await listAccounts(db)
  return accounts.map((account) => viewerOf(account, access))
}

export type SignInView = {
  /** Host of the provider, for the button. */
  provider: string
  /** The portal's own address: a sign-in begun at another one is refused. */
  url: string
  next: string
  problem: SignInProblem | undefined
  /** Who is signed in here already, if anybody. */
  viewer: Viewer | undefined
}

type Search = Record<string, string | string[] | undefined>

/** What the sign-in page needs; the address is not trusted. */
export async function loadSignIn(search: Search): Promise<SignInView> {
  const one = (name: string) => [search[name]].flat()[0]
  const viewer = await findPageViewer()
  const { access, url } = getConfig()
  return {
    provider: new URL(access.issuer).host,
    url,
    next: safeNext(one('next')),
    problem: signInProblems.find((known) => known === one('problem')),
    viewer,
  }
}

/** Names of the people who run this installation: whom to ask for a right. At most five. */
async function loadAdmins(db = getDb(), access = getConfig().access): Promise<string[]> {
  const people = await loadPeople(db, access)
  return people
    .filter((person) => person.grants.some((grant) => grant.role === 'admin'))
    .slice(0, 5)
    .map((person) => person.name)
}

/** Why somebody may not see a page: what is missing, what was found, and who can change it. */
export type Refusal = {
  permission: Permission
  /** Roles that would do. */
  roles: Role[]
  viewer: Pick<Viewer, 'name' | 'groups' | 'grants'>
  /** Whom to ask. Empty: nobody with that role has ever signed in. */
  admins: string[]
}

export async function loadRefusal(viewer: Viewer, permission: Permission): Promise<Refusal> {
  return { permission, roles: rolesWith(permission), viewer, admins: await loadAdmins() }
}
