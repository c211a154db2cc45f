import { authPaths } from '#lib/access/sign-in.ts'

/** Ends the session with a real form post: the answer leads on to the provider's own sign-out. */
export function signOut() {
  const form = document.createElement('form')
  form.method = 'post'
  form.action = authPaths.signOut
  document.body.append(form)
  form.submit()
}
