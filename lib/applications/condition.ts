/** What to do about a condition of Argo CD, by its type; a part of the message may make it more exact. */
const advice: Record<string, readonly (readonly [part: RegExp | null, todo: string])[]> = {
  ComparisonError: [
    [
      /app path does not exist/i,
      'The path of the source is not in this revision. Correct spec.source.path, or put the folder back.',
    ],
    [
      /repository not found|authentication required|permission denied|could not read username/i,
      'Argo CD cannot read the repository. Check its address, and the credentials that Argo CD has for it.',
    ],
    [
      /not our ref|unable to resolve|couldn't find remote ref|unknown revision/i,
      'The target revision does not exist there. Correct spec.source.targetRevision, or push the branch or tag.',
    ],
    [
      null,
      'Argo CD cannot work out what Git wants, so nobody can tell what would change. Mend what the message names; it looks again by itself.',
    ],
  ],
  InvalidSpecError: [
    [
      /not permitted in project|is not permitted/i,
      'The project does not allow this source or destination. Change the application, or have the project allow it.',
    ],
    [
      /does not exist|not found/i,
      'The application names a project or cluster that Argo CD does not know. Correct it, or create what is missing.',
    ],
    [null, 'The application itself is wrong. Correct its spec in Git; nothing is synced until then.'],
  ],
  SyncError: [
    [
      /^Failed last sync attempt/,
      'Automatic sync has given up on this revision. Mend the cause and push a new commit, or sync by hand.',
    ],
    [
      /auto-sync will wipe out all resources/i,
      'Git has no resource left, and automatic sync refuses to delete everything. Put them back, or allow empty on purpose.',
    ],
    [null, 'The last sync failed. The message says which resource refused it.'],
  ],
  DeletionError: [
    [
      null,
      'Argo CD cannot delete it. Look at the resource that the message names; a finalizer on it often waits for something that is gone.',
    ],
  ],
  UnknownError: [
    [
      /too large|request is too large/i,
      'The application has more resources than Kubernetes can store the state of. Split it into several.',
    ],
    [null, 'Argo CD itself failed. Its controller log at that time says more.'],
  ],
  SharedResourceWarning: [
    [
      null,
      'Two applications claim the same resource and will overwrite each other. Leave it to one of them.',
    ],
  ],
  RepeatedResourceWarning: [
    [null, 'The same resource stands in Git more than once; only the last one counts. Remove the others.'],
  ],
  ExcludedResourceWarning: [
    [
      null,
      'Argo CD is configured not to manage this kind: what Git says of it is not applied. Apply it another way, or include the kind.',
    ],
  ],
  OrphanedResourceWarning: [
    [
      null,
      'The namespace holds resources that no application owns. Delete them, add them to Git, or exempt them in the project.',
    ],
  ],
}

/** What to do about a condition, or null for a type that we do not know: it is shown as it is. */
export function adviceFor(condition: { type: string; message: string }): string | null {
  const known = Object.hasOwn(advice, condition.type) ? advice[condition.type] : undefined
  return known?.find(([part]) => part === null || part.test(condition.message))?.[1] ?? null
}

/** Whether a condition stops syncs or comparison; the others are warnings. */
export const isError = (type: string): boolean => type.endsWith('Error')
