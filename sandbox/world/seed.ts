import { createHash } from 'node:crypto'

/** Forty hex digits from any words: looks like a git SHA and never changes for the same words. */
export function shaOf(...words: (string | number)[]): string {
  return createHash('sha1').update(words.join('\0')).digest('hex')
}

/** A UUID from any words. */
export function uuidOf(...words: (string | number)[]): string {
  const hex = shaOf(...words)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** A whole number in [0, below), the same for the same words. */
export function numberOf(below: number, ...words: (string | number)[]): number {
  return Number.parseInt(shaOf(...words).slice(0, 8), 16) % below
}

const podAlphabet = '456789bcdfghjklmnpqrstvwxz'

/** Five letters as Kubernetes ends a generated name. */
export function suffixOf(...words: (string | number)[]): string {
  const hex = shaOf(...words)
  return Array.from({ length: 5 }, (_, index) =>
    podAlphabet.charAt(Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16) % podAlphabet.length),
  ).join('')
}
