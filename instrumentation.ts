import type { Instrumentation } from 'next'

/** Runs once before the first request: a wrong configuration ends the process with its sentences, not a request. */
export async function register(): Promise<void> {
  // Written out at build time: it keeps Node's modules out of the variant for the edge, which nothing here uses.
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { startWeb } = await import('#lib/access/start.ts')
  await startWeb()
}

/** What went wrong while a page was rendered; `digest` is what the error page shows. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { log } = await import('#lib/platform/log.ts')
  const digest = error instanceof Error && 'digest' in error ? String(error.digest) : undefined
  log.error('a page failed unexpectedly', { error, digest, path: request.path, route: context.routePath })
}
