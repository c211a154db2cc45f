import type { Metadata } from 'next'
import { Policies } from '#components/policies/policies.tsx'
import { loadPolicies } from '#lib/policies/loaders.ts'

export const metadata: Metadata = { title: 'Policies' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function PoliciesPage({ searchParams }: Props) {
  return <Policies view={await loadPolicies(await searchParams)} />
}
