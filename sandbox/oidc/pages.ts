import { readFileSync } from 'node:fs'
import { fullName, type Person } from './people.ts'

/** Style and icon are files of their own so that the pages need no inline style or script. */
export const assets: Readonly<Record<string, { type: string; body: string }>> = {
  '/assets/pages.css': {
    type: 'text/css; charset=utf-8',
    body: readFileSync(new URL('./pages.css', import.meta.url), 'utf8'),
  },
  '/assets/icon.svg': {
    type: 'image/svg+xml',
    body: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#3a5bd0"/><path d="M4.5 8.5l2.5 2.5 4.5-5.5" fill="none" stroke="#fff" stroke-width="1.8"/></svg>',
  },
}

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (found) => escapes[found] ?? found)

/** A whole page around ready-made HTML. */
export function page(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Acme practice sign-in</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/pages.css">
</head>
<body>
<main>
<p class="brand"><span class="mark" aria-hidden="true"></span>Acme practice sign-in</p>
${main}
</main>
</body>
</html>
`
}

export type Picker = {
  action: string
  clientId: string
  people: readonly Person[]
  /** Set when somebody is signed in already: only they can confirm it is them. */
  current?: Person | undefined
  goldAsked: boolean
  /** Why the last choice did not work. */
  refusal?: string | undefined
}

/** The page that stands where Keycloak has its password form: one button per person. */
export function pickerPage(picker: Picker): string {
  const { current } = picker
  const application = picker.clientId.charAt(0).toUpperCase() + picker.clientId.slice(1)
  const title = current ? 'Confirm it is you' : 'Who are you?'
  const intro = current
    ? `You are signed in as ${fullName(current)}, and ${application} asks you to confirm it.`
    : `You are signing in to ${application}. This is a practice platform: choose a person, there are no passwords.`
  const gold = picker.goldAsked
    ? '<p class="note">A stronger sign-in was asked for. Only people marked “second factor” can give it.</p>'
    : ''
  const refusal = picker.refusal ? `<p class="refusal" role="alert">${escapeHtml(picker.refusal)}</p>` : ''
  const other = current
    ? `<form method="post" action="${escapeHtml(picker.action)}/sign-out"><p class="other">Not ${escapeHtml(current.givenName)}? <button class="link">Sign out and choose someone else</button></p></form>`
    : ''
  return page(
    title,
    `<h1>${title}</h1>
<p class="intro">${escapeHtml(intro)}</p>
${gold}${refusal}
<form method="post" action="${escapeHtml(picker.action)}">
<ul class="people">
${picker.people.map((person) => row(person, picker.goldAsked)).join('\n')}
</ul>
</form>
${other}`,
  )
}

function row(person: Person, goldAsked: boolean): string {
  const initials = `${person.givenName[0] ?? ''}${person.familyName[0] ?? ''}`.toUpperCase()
  const factor = goldAsked && person.secondFactor ? '<span class="factor">second factor</span>' : ''
  return `<li><button name="person" value="${escapeHtml(person.id)}">
<span class="avatar" aria-hidden="true">${escapeHtml(initials)}</span>
<span class="who"><span class="name">${escapeHtml(fullName(person))}${factor}</span>
<span class="role">${escapeHtml(person.role)}</span></span>
</button></li>`
}

/** Asked before signing out when the application did not say who it signs out. `form` is the library's. */
export function signOutPage(form: string): string {
  return page(
    'Sign out',
    `<h1>Sign out?</h1><p class="intro">You will be signed out of all Acme applications in this browser.</p>
${form}<p><button class="primary" form="op.logoutForm" name="logout" value="yes">Sign out</button></p>`,
  )
}

export function signedOutPage(issuer: string): string {
  return page(
    'Signed out',
    `<h1>You are signed out</h1><p class="intro">Go back to the application to sign in again. (${escapeHtml(issuer)})</p>`,
  )
}

/** For people who open the provider's address out of curiosity. */
export function frontPage(): string {
  return page(
    'Practice sign-in',
    `<h1>Nothing to do here</h1><p class="intro">This is the OpenID provider of the practice platform. Start at the application: it sends you here to choose who you are.</p>`,
  )
}

/** What a browser sees where no redirect to the application is safe. */
export function errorPage(error: { error: string; error_description?: string | undefined }): string {
  return page(
    'Cannot sign in',
    `<h1>Cannot sign in</h1><p class="intro">The application sent a request this provider cannot answer.</p>
<p class="refusal">${escapeHtml(error.error)}: ${escapeHtml(error.error_description ?? 'no description')}</p>`,
  )
}
