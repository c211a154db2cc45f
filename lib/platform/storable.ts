/** `\u0000` and halves of surrogate pairs: JSON may carry them, Postgres takes neither. The escape itself may be escaped. */
const unfit = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi

/** JSON that Postgres can store: characters it refuses become U+FFFD, so that one of them cannot stop a batch. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value)
  return text.includes('\\u') ? text.replace(unfit, '$1\\ufffd') : text
}

/** The same for a text that is a parameter of its own. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}
