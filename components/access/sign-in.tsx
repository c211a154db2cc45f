import Link from 'next/link'
import { Logo } from '#components/shell/logo.tsx'
import { Callout } from '#components/status/callout.tsx'
import { buttonStyle } from '#components/ui/button-style.ts'
import { visible } from '#components/ui/visible.ts'
import type { SignInView } from '#lib/access/loaders.ts'
import { authPaths, nextField } from '#lib/access/sign-in.ts'
import { signInWords } from './sign-in-words.ts'
import { SignOutForm } from './sign-out-form.tsx'

/** The one page that strangers see: what this is, one button, and why it did not work the last time. */
export function SignIn({ view }: { view: SignInView }) {
  const { viewer, problem, next } = view
  const words = problem && signInWords(problem, view)
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="grid w-full max-w-88 gap-6">
        <header className="grid gap-2">
          <Logo className="-ml-0.5 size-8" />
          <h1 className="font-semibold text-xl">Countersign</h1>
          <p className="text-base text-ink-muted">
            What runs where, what may go to production, and who said so.
          </p>
        </header>
        {words && (
          <Callout tone={problem === 'other-person' ? 'attention' : 'negative'} title={words.title} alert>
            {words.text}
          </Callout>
        )}
        {viewer ? (
          <section className="grid gap-3 rounded-lg border border-line bg-surface p-4">
            <p className="text-base">
              You are signed in as <span className="font-medium">{visible(viewer.name)}</span>.
            </p>
            <div className="flex flex-wrap gap-2">
              <Link href={next} className={buttonStyle(problem ? 'default' : 'primary')}>
                Continue
              </Link>
              <SignOutForm variant={problem ? 'primary' : 'default'} />
            </div>
          </section>
        ) : (
          <form method="post" action={authPaths.signIn} className="grid gap-3">
            <input type="hidden" name={nextField} value={next} />
            <button type="submit" className={buttonStyle('primary', 'lg', 'w-full')}>
              <span className="truncate">Sign in with {visible(view.provider)}</span>
            </button>
            <p className="text-balance text-ink-faint text-sm">
              You prove there who you are. Countersign keeps no password, and ends the session after 30 idle
              minutes.
            </p>
          </form>
        )}
      </div>
    </main>
  )
}
