/** `blocking`: Countersign cannot work, or not safely, until it is put right. `warning`: it works, with less. */
export type Level = 'fine' | 'note' | 'warning' | 'blocking'

/** What was tried and came out, in one sentence; a second one says what to do. */
export type Finding = { level: Level; area: string; sentence: string }

/** Findings of one area: `const says = about('database')`, then `says.blocking('…')`. */
export function about(area: string) {
  const says =
    (level: Level) =>
    (sentence: string): Finding => ({ level, area, sentence })
  return { fine: says('fine'), note: says('note'), warning: says('warning'), blocking: says('blocking') }
}

export const blocks = (findings: readonly Finding[]): boolean => findings.some((f) => f.level === 'blocking')

// Answers of other systems stand in some sentences: no line breaks, no control or direction characters.
const plain = (sentence: string) => sentence.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 2000)

/** For people: one line each, then what it comes to. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map((f) => f.area.length))
  const lines = findings.map((f) => `${f.level.padEnd(8)}  ${f.area.padEnd(width)}  ${plain(f.sentence)}`)
  const count = (level: Level) => findings.filter((f) => f.level === level).length
  const [blocking, warnings] = [count('blocking'), count('warning')]
  const end =
    blocking > 0 ? `${blocking} blocking, ${warnings} to look at.` : `Nothing blocks; ${warnings} to look at.`
  return [...lines, '', end].join('\n')
}

/** For scripts. */
export function findingsJson(findings: readonly Finding[]): string {
  const shown = findings.map((f) => ({ ...f, sentence: plain(f.sentence) }))
  return JSON.stringify({ ok: !blocks(findings), findings: shown }, null, 2)
}
