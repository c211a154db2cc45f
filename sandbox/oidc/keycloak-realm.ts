import { people } from './people.ts'

/**
 * A realm set up as the README tells people to: confidential client with PKCE, group mapper with full paths into the
 * ID token, names for the levels of sign-in. Import format of Keycloak 26.
 */
export function realm(applicationOrigin: string, secrets: { client: string; person: string }) {
  return {
    realm: 'acme',
    enabled: true,
    attributes: { 'acr.loa.map': JSON.stringify({ silver: 1, gold: 2 }) },
    groups: groupTree(people.flatMap((person) => person.groups)),
    users: people.map((person) => ({
      username: person.id,
      enabled: true,
      firstName: person.givenName,
      lastName: person.familyName,
      email: person.email,
      emailVerified: true,
      groups: person.groups,
      credentials: [{ type: 'password', value: secrets.person, temporary: false }],
    })),
    clients: [
      {
        clientId: 'countersign',
        enabled: true,
        protocol: 'openid-connect',
        publicClient: false,
        secret: secrets.client,
        standardFlowEnabled: true,
        directAccessGrantsEnabled: false,
        redirectUris: [`${applicationOrigin}/*`],
        attributes: { 'pkce.code.challenge.method': 'S256', 'post.logout.redirect.uris': '+' },
        protocolMappers: [
          {
            name: 'groups',
            protocol: 'openid-connect',
            protocolMapper: 'oidc-group-membership-mapper',
            config: {
              'claim.name': 'groups',
              'full.path': 'true',
              'id.token.claim': 'true',
              'access.token.claim': 'true',
              'userinfo.token.claim': 'true',
            },
          },
        ],
      },
    ],
  }
}

type Group = { name: string; subGroups: Group[] }

/** `/shop/approvers` and `/shop/developers` become one group `shop` with two below it. */
function groupTree(paths: readonly string[]): Group[] {
  const roots: Group[] = []
  for (const path of paths) {
    let level = roots
    for (const name of path.split('/').filter(Boolean)) {
      const known = level.find((group) => group.name === name)
      const group = known ?? { name, subGroups: [] }
      if (!known) level.push(group)
      level = group.subGroups
    }
  }
  return roots
}
