/** An expected outcome: a value, or a refusal that says why. The unexpected is thrown. */
export type Result<T, R> = { ok: true; value: T } | { ok: false; refusal: R }

export const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value })
export const refuse = <R>(refusal: R): { ok: false; refusal: R } => ({ ok: false, refusal })

/** Makes the compiler prove that a switch is complete; reached only when a type lied. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
