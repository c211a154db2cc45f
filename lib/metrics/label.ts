/** Label names and what they must equal, e.g. `{ namespace: 'shop-prod', app: 'checkout' }`. */
export type Labels = Record<string, string>

/**
 * A text in double quotes as PromQL, LogsQL and Alertmanager read it (Go's escapes). Broken surrogates become
 * U+FFFD: none of them has another way to say them.
 */
export function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed())
}

/** `{namespace="shop-prod",app="checkout"}`. Names take the form that Prometheus gives to labels. */
export function selector(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${labelName(name)}=${quoted(value)}`)
  return `{${pairs.join(',')}}`
}

function labelName(name: string): string {
  const safe = name.replace(/[^a-zA-Z0-9_]/g, '_')
  return /^[a-zA-Z_]/.test(safe) ? safe : `_${safe}`
}
