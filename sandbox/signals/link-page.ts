import { escapeHtml } from '../oidc/pages.ts'
import type { Asked } from './links.ts'

/**
 * The page behind every stand-in: says in words what the link asked for. Part of a link is behind the #, which only
 * the browser knows, so a script sends the whole address back and puts the explanation into the page.
 */
export const linkPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Practice stand-in</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/pages.css">
<script src="/assets/link.js" defer></script>
</head>
<body>
<main class="wide" aria-live="polite"><h1>Practice stand-in</h1><p class="intro">Reading the link.</p></main>
</body>
</html>
`

export const linkScript = `const show = async () => {
  const answer = await fetch('/explain', { method: 'POST', body: location.href })
  document.querySelector('main').innerHTML = await answer.text()
  document.title = document.querySelector('h1').textContent + ' · practice stand-in'
}
addEventListener('hashchange', show)
show()
`

/** What stands in the page for one link; `#asked` holds the same as JSON, for tests. */
export function explained(asked: Asked | undefined): string {
  if (!asked) {
    return '<h1>Practice stand-in</h1><p class="intro">Nothing is shown here. Grafana, vmui, VictoriaLogs and Alertmanager links say what they ask for.</p>'
  }
  const range = asked.range
    ? `${time(asked.range.from)} to ${time(asked.range.to)}`
    : 'The default range of the tool'
  const facts = [
    ['Time range', range],
    ...Object.entries(asked.labels).map(([label, value]) => [label, escapeHtml([value].flat().join(', '))]),
    ...Object.entries(asked.settings).map(([name, value]) => [name, escapeHtml(value)]),
  ]
  const queries = asked.queries.map((query) => `<pre>${escapeHtml(query)}</pre>`).join('\n')
  const problems = asked.problems.map((problem) => `<p class="refusal">${escapeHtml(problem)}</p>`).join('\n')
  return `<p class="brand"><span class="mark" aria-hidden="true"></span>Practice stand-in</p>
<h1>${asked.tool}</h1>
<p class="intro">Here the real ${asked.tool} would open. This is what the link asks it for.</p>
${problems}
<dl>${facts.map(([name, value]) => `<dt>${escapeHtml(name ?? '')}</dt><dd>${value}</dd>`).join('')}</dl>
${queries && `<h2>${asked.queries.length === 1 ? 'Query' : 'Queries'}</h2>${queries}`}
<h2>As JSON</h2>
<pre id="asked">${escapeHtml(JSON.stringify(asked, null, 2))}</pre>`
}

function time(value: string): string {
  const iso = /^\d{4}-/.test(value)
  return iso
    ? `<time datetime="${value}">${value.slice(0, 19).replace('T', ' ')} UTC</time>`
    : escapeHtml(value)
}
