/**
 * Keeps answers of a pure function of a text, at most `max` of them: then it forgets all and begins anew, which costs
 * less than keeping an order. Texts longer than `lengthMax` are computed each time, so memory stays bounded.
 */
export function memo<T>(max: number, lengthMax: number, compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    if (text.length > lengthMax) return compute(text)
    const found = known.get(text)
    if (found !== undefined) return found
    const value = compute(text)
    if (known.size >= max) known.clear()
    known.set(text, value)
    return value
  }
}
