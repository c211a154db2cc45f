import { paths } from '#lib/platform/paths.ts'
import type { SignInRefusal } from './commands.ts'

/** Where the sign-in page's forms go. */
export const authPaths = {
  signIn: `${paths.api.auth}/signin`,
  signOut: `${paths.api.auth}/signout`,
} as const

/** Names of the fields of those forms. */
export const nextField = 'next'

/** Why somebody is back at the sign-in page. The page has words for each; the address shows only the code. */
export const signInProblems = [
  'provider-unreachable',
  'provider-refused',
  'expired',
  'failed',
  'foreign-origin',
  'disabled',
  'service-account',
  'other-person',
] as const
export type SignInProblem = (typeof signInProblems)[number]

/** Every refusal is a problem to tell. */
export const problemOf = (refusal: SignInRefusal): SignInProblem => refusal

/** The sign-in page, with what went wrong. */
export function signInAddress(problem: SignInProblem, next?: string): string {
  const address = paths.signIn(next && next !== '/' ? next : undefined)
  return `${address}${address.includes('?') ? '&' : '?'}problem=${problem}`
}
