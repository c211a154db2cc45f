import { isZone } from './relative.ts'

export const ZONE_COOKIE = 'zone'

/** The viewer's zone from its cookie; UTC until the browser has told. */
export const readZone = (cookie: string | undefined): string => {
  const zone = cookie === undefined ? undefined : decode(cookie)
  return isZone(zone) ? zone : 'UTC'
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
