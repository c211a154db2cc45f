import type { Cell } from '#lib/catalog/schema.ts'
import { type FindingRow, kindWords } from '#lib/findings/finding.ts'

export type Finding = {
  application: string
  place: string
  tone: 'negative' | 'attention' | 'neutral'
  what: string
  detail: string | null
  /** The id of a change that no release explains. */
  unexplained?: string
}

type Known = { place: string; cell: Cell; gaveUp: string | null }

/** What somebody should look at, worst first, from what the catalog knows now; what no release explains stands above it. */
export function findingsOf(known: readonly Known[], open: readonly FindingRow[]): Finding[] {
  const unexplained = open.map(
    ({ id, kind, sentence, application }): Finding => ({
      ...{ application: application.id, place: application.environment ?? application.name, unexplained: id },
      ...{ tone: 'negative', what: kindWords[kind], detail: sentence },
    }),
  )
  const findings = known.flatMap(({ place, cell, gaveUp }): Finding[] => {
    const of = (tone: Finding['tone'], what: string, detail: string | null) => ({
      ...{ application: cell.application, place, tone, what, detail },
    })
    return [
      ...(cell.health === 'Degraded' ? [of('negative', 'Degraded', null)] : []),
      ...(cell.health === 'Missing' ? [of('negative', 'Resources are missing', null)] : []),
      ...(cell.relation?.kind === 'drift' ? [of('negative', 'Live differs from Git', cell.why)] : []),
      ...(gaveUp !== null ? [of('attention', 'Argo CD gave up', gaveUp)] : []),
      ...(cell.problem !== null ? [of('attention', 'Not understood', cell.problem)] : []),
      ...(cell.asOf !== null
        ? [of('neutral', 'Its Argo CD is unreachable', `What is shown may have changed on ${cell.instance}`)]
        : []),
    ]
  })
  const order = ['negative', 'attention', 'neutral']
  return [...unexplained, ...findings.sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone))]
}
