import { markSvg } from '#lib/platform/mark.ts'

export const dynamic = 'force-static'

/** For browsers that ask for /favicon.ico before they have read a page, or when it has none; needs nobody signed in. */
export const GET = () => new Response(markSvg(), { headers: { 'content-type': 'image/svg+xml' } })
