import type { Source } from '#lib/argocd/schema.ts'
import type { Instant } from '#lib/platform/clock.ts'

/** What a revision means: its commit. `body` is the message below the subject: text that anybody may have written. */
export type Meaning = {
  author: string | null
  at: Instant | null
  subject: string
  body: string | null
  tags: string[]
  /** What Argo CD found about the signature, in its words; null when it checks none. */
  signature: string | null
  /** What Argo CD answered instead. */
  problem: string | null
}

export type SourceView = {
  repository: string
  /** Where in it: a path, a chart, or the name by which other sources take values from it. */
  what: { kind: 'path' | 'chart' | 'ref'; text: string } | null
  target: string
  runs: string | null
  desired: string | null
  /** What else the source says, secrets masked, as JSON; null when it says nothing more. */
  parameters: string | null
}

const plain = new Set(['repoURL', 'path', 'targetRevision', 'chart', 'ref'])

/** Sources of an application, each with the revision that runs and the one that Git says. */
export function sourceViews(
  sources: readonly Source[],
  runs: readonly string[],
  desired: readonly string[],
): SourceView[] {
  return sources.map((source, i) => {
    const { repoURL, path, chart, ref, targetRevision } = source
    const rest = Object.entries(source).filter(([name]) => !plain.has(name))
    return {
      repository: repoURL,
      what: chart
        ? { kind: 'chart', text: chart }
        : path
          ? { kind: 'path', text: path }
          : ref
            ? { kind: 'ref', text: ref }
            : null,
      target: targetRevision || 'HEAD',
      runs: runs[i] ?? null,
      desired: desired[i] ?? null,
      parameters: rest.length > 0 ? JSON.stringify(Object.fromEntries(rest), null, 2) : null,
    }
  })
}
