import semver from 'semver'

/** One letter for how many digits follow: `a5` < `b12`, as text and as numbers. */
const numberKey = (digits: string) => String.fromCharCode(96 + digits.length) + digits

const identifierKey = (identifier: string | number) => {
  const text = String(identifier)
  // A number sorts before a word, and `!` before every character of a longer word.
  return /^\d+$/.test(text) ? `1${numberKey(text)}` : `2${text}!`
}

function keyOfOne(version: string): string | null {
  const parsed = semver.parse(version)
  if (!parsed) return null
  const { major, minor, patch, prerelease } = parsed
  const numbers = [major, minor, patch].map((each) => numberKey(String(each))).join('')
  // Digits below the letters that `numberKey` has.
  if (prerelease.some((each) => /^\d{27,}$/.test(String(each)))) return null
  return prerelease.length === 0 ? `${numbers}~` : `${numbers}-${prerelease.map(identifierKey).join('')}`
}

/** What stands between the versions of one application that has several (lib/manifests/images.ts). */
const between = ' + '

/**
 * A text that sorts, byte by byte, as semantic versions do: Postgres orders by it and needs no rule of its own. One
 * line for each version that runs. Null when one of them is no semantic version: then there is no order.
 */
export function versionKey(version: string | null): string | null {
  if (version === null) return null
  const keys = version.split(between).map(keyOfOne)
  return keys.includes(null) ? null : keys.join('\n')
}

/** How one stands to the other, version by version; null where they cannot be put in order. */
export function compareKeys(
  here: string | null,
  there: string | null,
): 'behind' | 'ahead' | 'equal' | 'diverged' | null {
  if (here === null || there === null) return null
  const [own, other] = [here.split('\n'), there.split('\n')]
  if (own.length !== other.length) return null
  const less = own.some((key, index) => key < (other[index] ?? ''))
  const more = own.some((key, index) => key > (other[index] ?? ''))
  if (less && more) return 'diverged'
  return less ? 'behind' : more ? 'ahead' : 'equal'
}
