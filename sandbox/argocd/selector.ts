import { GrpcError } from './http.ts'

type Rule = (labels: Record<string, string>) => boolean

/** A Kubernetes label selector; a broken one is a 500, as Argo CD answers. */
export function parseSelector(text: string): Rule {
  const rules = split(text).map(parseRule)
  return (labels) => rules.every((rule) => rule(labels))
}

function split(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

const word = '[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?'
const setRule = new RegExp(`^(${word})\\s+(in|notin)\\s+\\(([^()]*)\\)$`)
const equalRule = new RegExp(`^(${word})\\s*(==|=|!=)\\s*(${word})?$`)
const existsRule = new RegExp(`^(!?)\\s*(${word})$`)

function parseRule(part: string): Rule {
  const set = setRule.exec(part)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = list.split(',').map((value) => value.trim())
    return (labels) => values.includes(labels[key] ?? '\0') === (operator === 'in')
  }
  const equal = equalRule.exec(part)
  if (equal) {
    const [, key = '', operator, value = ''] = equal
    return (labels) => ((labels[key] ?? '\0') === value) === (operator !== '!=')
  }
  const exists = existsRule.exec(part)
  if (exists) {
    const [, not, key = ''] = exists
    return (labels) => key in labels === (not === '')
  }
  const found = /[^\w\s./-]/.exec(part)?.[0] ?? part
  throw new GrpcError(
    2,
    `error parsing the selector: found '${found}', expected: !, identifier, or 'end of string'`,
  )
}
