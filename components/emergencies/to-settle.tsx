import { Panel } from '#components/ui/panel.tsx'
import type { EmergencyRow } from '#lib/emergencies/loaders.ts'
import { EmergencyList } from './emergency-list.tsx'

/** In the inbox of those who may approve them afterwards; nothing while none waits. */
export function ToSettle({ emergencies }: { emergencies: readonly EmergencyRow[] }) {
  if (emergencies.length === 0) return null
  return (
    <Panel title="Break-glass releases to approve afterwards" note={emergencies.length} mine>
      <EmergencyList emergencies={emergencies} />
    </Panel>
  )
}
