import type { Metadata } from 'next'
import { InstanceList } from '#components/instances/instance-list.tsx'
import { loadInstances } from '#lib/instances/loaders.ts'

export const metadata: Metadata = { title: 'Instances' }

export default async function InstancesPage() {
  return <InstanceList instances={await loadInstances()} />
}
