import type { Coming } from '#lib/argocd/coming.ts'

const then: Record<Coming['kind'], string> = {
  'in-sync': 'Nothing: it runs what Git says',
  'waits-for-approval': 'Nothing: it waits for a sync by hand',
  'rolling-sync': 'Its ApplicationSet syncs it when its step comes',
  'in-flight': 'The operation goes on to its end',
  automated: 'Argo CD syncs it within minutes',
  'gave-up': 'Nothing: automatic sync has given up',
  'live-drift': 'Nothing: what was changed by hand stays',
  'never-prunes': 'Nothing: what Git no longer has stays',
  window: 'Argo CD syncs it when a window lets it',
  frozen: 'Nothing: Argo CD leaves it alone',
  'cannot-tell': 'Nobody can tell',
}

/** What happens to an application if nobody does anything. */
export function unattended(coming: string, isProtected: boolean): string {
  if (coming === 'waits-for-approval' && isProtected) return 'Nothing: it waits for an approved release'
  return Object.hasOwn(then, coming) ? then[coming as Coming['kind']] : then['cannot-tell']
}
