import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Interaction, Provider } from 'oidc-provider'
import { errorPage, pickerPage } from './pages.ts'
import { fullName, type Person } from './people.ts'
import { levelAsked } from './policy.ts'

type Needs = {
  provider: Provider
  people: readonly Person[]
  isDisabled: (id: string) => boolean
  endSession: (sessionUid: string) => Promise<void>
}

/** Serves `/sign-in/<uid>` (the picker), its answer, and `/sign-in/<uid>/sign-out` (choose someone else). */
export async function servePicker(needs: Needs, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { provider } = needs
  let interaction: Interaction
  try {
    interaction = await provider.interactionDetails(req, res)
  } catch {
    const description = 'This sign-in is over. Start again from the application.'
    return sendHtml(res, 400, errorPage({ error: 'expired', error_description: description }))
  }
  if (req.method !== 'POST') return show(needs, interaction, res)
  if (req.url?.endsWith('/sign-out')) return chooseSomeoneElse(needs, interaction, res)

  const chosen = new URLSearchParams(await text(req)).get('person')
  const person = needs.people.find((candidate) => candidate.id === chosen)
  if (!person) return show(needs, interaction, res, 'Choose one of these people.')
  if (needs.isDisabled(person.id)) {
    return show(needs, interaction, res, `The account of ${fullName(person)} is disabled.`)
  }
  // Keycloak keeps the person of the browser session, whatever name is typed when it asks again.
  const accountId = interaction.session?.accountId ?? person.id
  const gold = levelAsked(interaction.params) === 'gold' && person.secondFactor && accountId === person.id
  await provider.interactionFinished(req, res, {
    login: {
      accountId,
      acr: gold ? 'gold' : 'silver',
      amr: gold ? ['pwd', 'otp', 'mfa'] : ['pwd'],
    },
  })
}

function show(needs: Needs, interaction: Interaction, res: ServerResponse, refusal?: string): void {
  const current = needs.people.find((person) => person.id === interaction.session?.accountId)
  const html = pickerPage({
    action: `/sign-in/${interaction.uid}`,
    clientId: String(interaction.params.client_id),
    people: current ? [current] : needs.people,
    current,
    goldAsked: levelAsked(interaction.params) === 'gold',
    refusal,
  })
  // Chromium applies form-action to the redirects after the form too, so the application's origin has to be in it.
  const back = URL.parse(String(interaction.params.redirect_uri))?.origin ?? ''
  sendHtml(res, 200, html, back)
}

async function chooseSomeoneElse(needs: Needs, interaction: Interaction, res: ServerResponse): Promise<void> {
  if (interaction.session?.uid) await needs.endSession(interaction.session.uid)
  const again = new URL(needs.provider.urlFor('authorization'))
  for (const [name, value] of Object.entries(interaction.params)) {
    if (typeof value === 'string') again.searchParams.set(name, value)
  }
  res.writeHead(303, { location: again.href }).end()
}

function sendHtml(res: ServerResponse, status: number, html: string, formTarget = ''): void {
  res.writeHead(status, htmlHeaders(formTarget)).end(html)
}

/** Strict enough that a page with any inline style or script would not work. */
export function htmlHeaders(formTarget = ''): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' ${formTarget}; frame-ancestors 'none'; base-uri 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  }
}
