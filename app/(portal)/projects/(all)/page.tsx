import type { Metadata } from 'next'
import { ProjectList } from '#components/structure/project-list.tsx'
import { loadProjects } from '#lib/structure/loaders.ts'

export const metadata: Metadata = { title: 'Projects' }

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function ProjectsPage({ searchParams }: Props) {
  return <ProjectList {...(await loadProjects(await searchParams))} />
}
