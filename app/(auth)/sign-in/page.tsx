import type { Metadata } from 'next'
import { SignIn } from '#components/access/sign-in.tsx'
import { loadSignIn } from '#lib/access/loaders.ts'

export const metadata: Metadata = { title: 'Sign in' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function SignInPage({ searchParams }: Props) {
  return <SignIn view={await loadSignIn(await searchParams)} />
}
