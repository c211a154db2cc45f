import type { Check } from '#lib/plans/plan.ts'

/** Open findings of one application: how many, and the newest sentence of one that a release must not pass over. */
export type OpenFindings = { count: number; newest: string | null; blocking: string | null }

/** `heard`: whether its Argo CD answered lately; while it is silent nothing can be found. */
export type FindingsNow = OpenFindings & { heard: boolean }

/**
 * What open findings mean for the application's next release. They advise; one that says that this is no longer the
 * application or the settings people sign for stops it until a second person has closed it.
 */
export function findingsCheck({ count, newest, blocking, heard }: FindingsNow): Check {
  const base = { id: 'findings', title: 'No change without a release', blocks: blocking !== null }
  if (count === 0)
    return heard
      ? { ...base, result: 'pass', detail: 'no finding is open' }
      : { ...base, result: 'unknown', detail: 'no finding is open, but Argo CD has not been heard lately' }
  const open = count === 1 ? 'a finding is open' : `${count} findings are open`
  return { ...base, result: 'fail', detail: `${open}: ${blocking ?? newest ?? ''}` }
}
