import { health } from '#lib/access/health.ts'

export const dynamic = 'force-dynamic'

/** For load balancers: 200 while this process can reach its database, else 503. Says nothing else to strangers. */
export const GET = health
