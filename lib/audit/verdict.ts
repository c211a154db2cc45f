/** What a check may come to, with the exit code of each. */
export const exitCodes = { whole: 0, tampered: 2, behind: 3, unsealed: 4, unknown: 5 } as const
export type Verdict = keyof typeof exitCodes
/** The worst finding decides the exit code. */
export const worstFirst = ['tampered', 'unknown', 'behind', 'unsealed'] as const satisfies readonly Verdict[]
