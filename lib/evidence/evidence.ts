import { can, rolesWith, type Viewer } from '#lib/access/policy.ts'

export type ExportRefusal =
  | { code: 'not-allowed-to-export' }
  | { code: 'no-such-thing' }
  | { code: 'nothing-there' }
  | { code: 'too-many-entries'; most: number }

/** Why there is no pack, in a sentence. */
export function explainExport(refusal: ExportRefusal): string {
  switch (refusal.code) {
    case 'not-allowed-to-export':
      return `Only ${rolesWith('export:evidence').join(' or ')} roles export evidence.`
    case 'no-such-thing':
      return 'There is nothing of that name whose evidence you may export.'
    case 'nothing-there':
      return 'The log has no entry about that.'
    case 'too-many-entries':
      return `That is more than ${refusal.most} entries: choose fewer days. The whole log can be exported as it is.`
  }
}

/** Why somebody may not export what is in this project (anywhere, when it is left out); undefined when they may. */
export function whyNoExport(viewer: Viewer, project?: string): string | undefined {
  return can(viewer, 'export:evidence', project === undefined ? undefined : { project })
    ? undefined
    : explainExport({ code: 'not-allowed-to-export' })
}
