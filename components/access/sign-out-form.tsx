import { type ButtonVariant, buttonStyle } from '#components/ui/button-style.ts'
import { authPaths } from '#lib/access/sign-in.ts'

/** Signs out here and at the provider. A plain form: works before, and without, any script. */
export function SignOutForm({ variant = 'default' }: { variant?: ButtonVariant }) {
  return (
    <form method="post" action={authPaths.signOut}>
      <button type="submit" className={buttonStyle(variant)}>
        Sign out
      </button>
    </form>
  )
}
