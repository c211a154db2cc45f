import type { Metadata } from 'next'
import { ProjectPage as ProjectView } from '#components/structure/project-page.tsx'
import { loadProject } from '#lib/structure/loaders.ts'

export const metadata: Metadata = { title: 'Project' }

type Props = {
  params: Promise<{ instance: string; name: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function ProjectPage({ params, searchParams }: Props) {
  return <ProjectView {...(await loadProject(await params, await searchParams))} />
}
