import 'server-only'
import { clock } from '#lib/platform/clock.ts'
import { getConfig, getDb, perProcess } from '#lib/platform/context.ts'
import { newId } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { readSecret, sessionSecret } from '#lib/platform/secrets.ts'
import { type AuthContext, createProviderGuard, providerId } from './auth.ts'
import { finishSignIn, signOut, startSignIn } from './flow.ts'
import { problem, problemResponse } from './problem.ts'
import { createEndSession } from './provider.ts'
import { finishStepUp, startStepUp } from './step-up.ts'

function webAuth(): AuthContext {
  const config = getConfig()
  return {
    db: getDb(),
    config,
    clientSecret: () => readSecret(config.access.clientSecret),
    secret: () => sessionSecret(config.access),
    now: clock.now,
  }
}

const providerGuard = () => perProcess('provider-guard', createProviderGuard)

/** Begins a step-up sign-in at the configured provider; `ask` as in `startStepUp`. */
export const beginStepUp = <R>(signal: AbortSignal, ask: Parameters<typeof startStepUp<R>>[3]) =>
  startStepUp(webAuth(), providerGuard(), signal, ask)

async function dispatch(request: Request, action: string): Promise<Response | undefined> {
  const context = webAuth()
  const guard = providerGuard()
  switch (`${request.method} ${action}`) {
    case 'POST signin':
      return startSignIn(context, guard, request)
    case `GET callback/${providerId}`:
      return finishSignIn(context, guard, request)
    case 'GET callback/step-up':
      return finishStepUp(context, guard, request)
    case 'POST signout': {
      const { issuer } = context.config.access
      return signOut(
        context,
        perProcess('end-session', () => createEndSession(issuer)),
        request,
      )
    }
    default:
      return undefined
  }
}

/** Everything below /api/auth. What next-auth would offer besides (session, providers, csrf) is not there. */
export async function handleAuth(request: Request, action: string[]): Promise<Response> {
  const requestId = newId('request')
  const { url } = getConfig()
  try {
    const response = await dispatch(request, action.join('/'))
    return (
      response ??
      problemResponse(problem(404, 'not-found', 'There is nothing at this address.', requestId), url)
    )
  } catch (error) {
    log.error('sign-in failed unexpectedly', { request: requestId, error })
    const detail = `This is our fault, not yours. Whoever runs Countersign finds it in the log as ${requestId}.`
    return problemResponse(problem(500, 'unexpected', detail, requestId), url)
  }
}
