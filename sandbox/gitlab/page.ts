const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export const escaped = (text: string) => text.replace(/[&<>"]/g, (found) => entities[found] ?? found)

/** The small page a deep link leads to. */
export function page(title: string, rows: [string, string][]): string {
  const body = rows
    .map(([term, text]) => `<dt>${escaped(term)}</dt><dd><pre>${escaped(text)}</pre></dd>`)
    .join('')
  const style =
    'body{font:15px/1.5 system-ui;margin:2rem auto;max-width:50rem}dt{color:#666}pre{white-space:pre-wrap}'
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style></head><body><p>Practice GitLab</p><h1>${escaped(title)}</h1><dl>${body}</dl></body></html>\n`
}
