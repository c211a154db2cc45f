import { RE2JS } from 're2js'

const compiled = new Map<string, RE2JS | null>()

/** Argo CD's globs as RE2: `*` (slashes too), `?`, `[ab]`, `[!ab]`, `{one,two}`; everything else is itself. */
function compile(glob: string): RE2JS | null {
  let depth = 0
  const source = glob.replace(/\[!?[^\]]+\]|\\.|[\s\S]/gu, (part) => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    if (part === '{') return depth++ === 0 ? '(?:' : '\\{'
    if (part === '}' && depth > 0) return --depth === 0 ? ')' : '\\}'
    if (part === ',' && depth > 0) return '|'
    if (/^\[.+\]$/s.test(part)) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\')
    return RE2JS.quote(part.length > 1 && part.startsWith('\\') ? part.slice(1) : part)
  })
  try {
    return RE2JS.compile(`^(?:${source})$`, RE2JS.DOTALL)
  } catch {
    return null
  }
}

/** Whether `text` is what the glob says. One that cannot be read stands for itself. Linear time, whatever comes. */
export function matchesPattern(glob: string, text: string): boolean {
  if (glob === '*' || glob === text) return true
  if (glob.length > 500) return false
  let pattern = compiled.get(glob)
  if (pattern === undefined) {
    pattern = compile(glob)
    if (compiled.size > 2_000) compiled.clear()
    compiled.set(glob, pattern)
  }
  return pattern?.matches(text) ?? false
}
