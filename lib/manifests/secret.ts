/** What looks like a secret: names of fields, and shapes of values in running text. */

const secretName =
  /pass(?:word|wd|phrase|code)|pwd|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|signing[-_.]?key|encryption[-_.]?key|account[-_.]?key|credential|authorization|bearer|conn(?:ection)?[-_.]?str|(?:^|[-_.])dsn$|(?:^|[-_.])salt$|(?:database|redis|amqp|mongo(?:db)?|broker)[-_.]?ur[il]|cookie/i
/** Names *about* a secret rather than holding one: a reference, a place, a duration, a switch. */
const aboutSecret =
  /(?:name|names|ref|refs|namespace|file|files|path|dir|mount|seconds|minutes|ttl|expiry|expiration|duration|enabled|count|length|size|type|version|audience|audiences|issuer|class|store|provider|policy|selector|endpoint)$|^existing|^checksum\/|^automount/i

/** Whether a field of this name most likely holds a secret. */
export function namesSecret(name: string): boolean {
  return name.length <= 200 && secretName.test(name) && !aboutSecret.test(name)
}

/** `$(VAR)`, `${VAR}` and what Argo CD or we have already hidden say nothing. */
export function saysNothing(value: string): boolean {
  return value === '' || /^\$[({][\w.-]+[)}]$/.test(value) || /^\++$/.test(value) || /^«[^»]*»$/.test(value)
}

const pem = /-----BEGIN [A-Z0-9 ]{1,60}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,60}-----|$)/g
const shapes = [
  /LS0tLS1CRUdJTi[A-Za-z0-9+/=\s]{16,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\b(?:glpat|gldt|glrt|glcbt|glptt|glsoat)-[\w.-]{16,}/g,
  /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|npm_\w{30,}|dckr_pat_[\w-]{20,}|hv[sb]\.[\w-]{20,})/g,
  /\b(?:xox[abeoprs]-[\w-]{10,}|(?:sk|rk|pk)_(?:live|test)_\w{10,}|sk-[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,})/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bAIza[\w-]{30,}/g,
  /\bAGE-SECRET-KEY-1[0-9A-Z]{20,}/g,
]
const authorization = /\b(bearer|basic)(\s+)([\w.~+/=-]{8,})/gi
const urlPassword = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,100}:)([^\s/@«]{1,500})(@)/gi
const urlToken = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)([^\s/:@«]{16,500})(@)/gi
const assignment =
  /([\w.-]{1,80})(["']?[ \t]{0,3}(?:=|:)[ \t]{0,3})("[^"\n«]{1,4000}"|'[^'\n«]{1,4000}'|[^\s"',;&«}\])]{1,4000})/g

/** The text with every part that looks like a secret replaced by `hide(part)`. Safe to apply twice. */
export function hideSecrets(text: string, hide: (part: string) => string): string {
  let hidden = text.replace(pem, hide)
  for (const shape of shapes) hidden = hidden.replace(shape, hide)
  hidden = hidden
    .replace(authorization, (_, scheme: string, gap: string, part: string) => `${scheme}${gap}${hide(part)}`)
    .replace(
      urlPassword,
      (_, before: string, part: string, after: string) => `${before}${hide(part)}${after}`,
    )
    .replace(urlToken, (_, before: string, part: string, after: string) => `${before}${hide(part)}${after}`)
  return hideAssignments(hidden, hide)
}

/** `password=x`, `password: "x"`. After a harmless name it goes on with the value: `error: password: x`. */
function hideAssignments(text: string, hide: (part: string) => string): string {
  let hidden = ''
  let from = 0
  assignment.lastIndex = 0
  for (let found = assignment.exec(text); found; found = assignment.exec(text)) {
    const [whole, name = '', gap = '', part = ''] = found
    const quote = part[0] === '"' || part[0] === "'" ? part[0] : ''
    const bare = quote ? part.slice(1, -1) : part
    if (!namesSecret(name) || saysNothing(bare) || isScheme(bare)) {
      assignment.lastIndex = found.index + name.length + gap.length
      continue
    }
    hidden += `${text.slice(from, found.index)}${name}${gap}${quote}${hide(bare)}${quote}`
    from = found.index + whole.length
  }
  return hidden + text.slice(from)
}

/** `Authorization: Bearer …` is hidden by its own rule, which keeps the scheme readable. */
function isScheme(text: string): boolean {
  return /^(?:bearer|basic)$/i.test(text)
}
