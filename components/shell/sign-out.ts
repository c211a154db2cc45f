import { paths } from '#lib/platform/paths.ts'

/**
 * Ends the session with a real form post, because the answer may lead on to the provider's own sign-out.
 * The token proves that the post comes from this page.
 */
export async function signOut(): Promise<void> {
  const response = await fetch(`${paths.api.auth}/csrf`)
  const { csrfToken } = (await response.json()) as { csrfToken: string }
  const form = document.createElement('form')
  form.method = 'post'
  form.action = `${paths.api.auth}/signout`
  for (const [name, value] of Object.entries({ csrfToken, callbackUrl: paths.signIn() })) {
    const input = document.createElement('input')
    input.type = 'hidden'
    input.name = name
    input.value = value
    form.append(input)
  }
  document.body.append(form)
  form.submit()
}
