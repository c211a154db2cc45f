const lengthMax = 2000
/** Only here to let the URL parser tell "inside" from "outside". */
const inside = 'http://inside.invalid'

/**
 * Where to go after sign-in: a path of this portal with its query, or `/`. Everything that a browser could read
 * as another place (`//evil`, `/\evil`, `https:evil`, control characters) and every API address becomes `/`.
 */
export function safeNext(value: string | null | undefined): string {
  if (!value || value.length > lengthMax || !value.startsWith('/')) return '/'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers drop these and read what is left.
  if (/[\u0000-\u0020\u007f\\]/.test(value)) return '/'
  const url = URL.parse(value, inside)
  if (!url || url.origin !== inside || url.pathname.startsWith('//')) return '/'
  return /^\/(api|sign-in)(\/|$)/i.test(url.pathname) ? '/' : url.pathname + url.search
}
