import type { Metadata } from 'next'
import { SearchPage } from '#components/search/search-page.tsx'
import { loadSearch } from '#lib/search/loaders.ts'

export const metadata: Metadata = { title: 'Search' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function SearchResultsPage({ searchParams }: Props) {
  return <SearchPage view={await loadSearch(await searchParams)} />
}
