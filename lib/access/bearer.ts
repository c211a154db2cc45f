/**
 * The bearer token of a request (RFC 6750, section 2.1): undefined when it carries none, an empty text when what it carries
 * is malformed, which is refused like any other token that cannot be verified.
 */
export function bearerOf(request: Request): string | undefined {
  const header = request.headers.get('authorization')
  return header === null ? undefined : (/^Bearer ([\w.~+/=-]+)$/i.exec(header)?.[1] ?? '')
}
