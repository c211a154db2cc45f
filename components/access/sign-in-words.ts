import type { SignInProblem } from '#lib/access/sign-in.ts'

type Words = { title: string; text: string }

/** What went wrong, for the person at the screen: what it was, and what to do. */
export function signInWords(problem: SignInProblem, where: { provider: string; url: string }): Words {
  const { provider, url } = where
  const words = {
    'provider-unreachable': {
      title: `${provider} does not answer`,
      text: 'Nothing is wrong with your account. Try again in a minute.',
    },
    'provider-refused': {
      title: `${provider} did not let you in`,
      text: 'It ended the sign-in, or you did. Try again, or ask whoever runs it.',
    },
    expired: {
      title: 'That took too long',
      text: 'A sign-in is good for 15 minutes, once, in one browser. Start again.',
    },
    failed: {
      title: 'The sign-in did not work',
      text: `The answer of ${provider} did not pass our checks, so nobody was signed in. Try again; if it happens again, tell whoever runs Countersign.`,
    },
    'foreign-origin': {
      title: 'This is not the address to sign in at',
      text: `Sign in at ${url} instead. Countersign takes sign-ins only from there.`,
    },
    disabled: {
      title: 'Your account is disabled here',
      text: `${provider} knows you, but your account in Countersign is disabled. Ask an administrator.`,
    },
    'service-account': {
      title: 'This is a service account',
      text: 'Service accounts use the API. Sign in as yourself.',
    },
    'other-person': {
      title: 'Somebody else is signed in here',
      text: 'Two people never share a browser session, so the second sign-in was refused. Sign out first.',
    },
  } satisfies Record<SignInProblem, Words>
  return words[problem]
}
