/** Where the sandbox provider differs from recordings/keycloak on purpose, and why nobody can be hurt by it. */
export const differences = {
  /** Members that only one of the two has, as paths into the answer. */
  members: {
    'id_token.amr':
      'The recorded realm has no amr mapper; the sandbox sends amr so that step-up can be shown.',
    'id_token header.typ': 'Keycloak writes JWT; the library leaves the optional member out.',
    'id_token.nonce':
      'After a refresh the library repeats the nonce of the sign-in, Keycloak leaves it out; both are allowed.',
    'discovery.*':
      'The sandbox offers what a portal needs, Keycloak everything; compared are the members both have.',
    'logout_token.typ': 'Keycloak repeats the header in the payload. The header says logout+jwt in both.',
    'certs.enc':
      'Keycloak also publishes an encryption key and certificates; the portal verifies signatures only.',
  },
  /** Recordings with no counterpart. */
  notPlayed: {
    'admin-events-changes': 'The administration interface is not part of signing in.',
    'admin-events-sign-ins': 'The administration interface is not part of signing in.',
  },
  /** Values that differ where shape and meaning agree. */
  values: {
    sub: 'A UUID in Keycloak, the short name of the demo person here: a string either way.',
    access_token: 'A JWT in Keycloak, opaque here: the portal must not look into it.',
    refresh_token: 'A JWT in Keycloak, opaque here: the portal must not look into it.',
    redirects: 'Keycloak answers 302, the library 303.',
  },
} as const
