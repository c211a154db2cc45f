import { RE2JS } from 're2js'
import { ok, type Result, refuse } from './result.ts'

/** Long enough for any naming convention; short enough that compiling one costs nothing. */
const patternLengthMax = 500

/** A regular expression from the configuration, matched in linear time whatever text it meets. */
export type Pattern = {
  /** Names of its named groups. */
  groups: readonly string[]
  /** The named groups of the first match (a group that took no part is missing), or undefined. */
  match: (text: string) => Record<string, string> | undefined
}

/**
 * Compiles a pattern in RE2 syntax (no look-around, no back-references), because names come from other people's
 * clusters and a backtracking engine could be held up by one of them. Refuses with a sentence part.
 */
export function compilePattern(source: string): Result<Pattern, string> {
  if (source.length > patternLengthMax) return refuse(`a pattern of at most ${patternLengthMax} characters`)
  try {
    const compiled = RE2JS.compile(source)
    const groups = Object.keys(compiled.namedGroups())
    const match = (text: string) => {
      const matcher = compiled.matcher(text)
      if (!matcher.find()) return undefined
      const found = groups.map((name) => [name, matcher.group(name)] as const)
      return Object.fromEntries(found.flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
    }
    return ok({ groups, match })
  } catch (error) {
    return refuse(`a regular expression without look-around or back-references (${(error as Error).message})`)
  }
}

/** Whether `text` is what `glob` says: `*` stands for any characters, everything else for itself. */
export function matchesGlob(glob: string, text: string): boolean {
  const [head = '', ...rest] = glob.split('*')
  if (rest.length === 0) return glob === text
  const tail = rest.pop() ?? ''
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false
  let from = head.length
  for (const part of rest) {
    const at = text.indexOf(part, from)
    if (at < 0 || at + part.length > text.length - tail.length) return false
    from = at + part.length
  }
  return true
}
