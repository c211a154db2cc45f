export type SyncWindow = {
  kind: 'allow' | 'deny'
  schedule: string
  duration: string
  applications?: string[]
  namespaces?: string[]
  clusters?: string[]
  manualSync?: boolean
  timeZone?: string
  description?: string
}

type GroupKind = { group: string; kind: string }

/** Key order is Argo CD's, because the object is answered as it stands. */
export type ProjectSpec = {
  sourceRepos: string[]
  destinations: { server: string; namespace: string }[]
  description?: string
  roles?: { name: string; description: string; policies: string[]; groups: string[] }[]
  clusterResourceWhitelist?: GroupKind[]
  namespaceResourceBlacklist?: GroupKind[]
  syncWindows?: SyncWindow[]
}

export type Project = { name: string; spec: ProjectSpec }

const compiled = new Map<string, RegExp>()

/** `*` stands for anything, slashes included, as in Argo CD's globs. */
export function glob(pattern: string, text: string): boolean {
  let regex = compiled.get(pattern)
  if (!regex) {
    const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    regex = new RegExp(`^${parts.join('.*')}$`)
    compiled.set(pattern, regex)
  }
  return regex.test(text)
}

const everything = [{ group: '*', kind: '*' }]
const inCluster = 'https://kubernetes.default.svc'

const nightFreeze: SyncWindow = {
  kind: 'deny',
  schedule: '0 22 * * *',
  duration: '8h',
  applications: ['*-prod'],
  timeZone: 'Europe/Berlin',
  description: 'night freeze',
}

/** By hand it may go on: whoever looks at the demo on a Sunday shall be able to release. */
const weekend: SyncWindow = {
  kind: 'deny',
  schedule: '0 18 * * 5',
  duration: '60h',
  applications: ['*-prod'],
  manualSync: true,
  timeZone: 'Europe/Berlin',
  description: 'no automatic syncs at the weekend',
}
const closing: SyncWindow = {
  kind: 'deny',
  schedule: '0 0 28-31 * *',
  duration: '24h',
  namespaces: ['shop-prod'],
  manualSync: true,
  timeZone: 'America/New_York',
  description: 'month-end closing',
}
const leads = {
  name: 'lead',
  description: 'On call of team Shop',
  policies: [
    'p, proj:shop:lead, applications, *, shop/*-dev, allow',
    'p, proj:shop:lead, applications, delete, shop/*, deny',
    'p, proj:shop:lead, logs, get, shop/*, allow',
  ],
  groups: ['acme:shop-leads'],
}

/**
 * The four projects of the recordings. The demo leaves out the shop's night freeze: whoever looks at it in the
 * evening shall be able to release.
 */
export function createProjects(withNightFreeze: boolean): Project[] {
  return [
    {
      name: 'default',
      spec: {
        sourceRepos: ['*'],
        destinations: [{ server: '*', namespace: '*' }],
        clusterResourceWhitelist: everything,
      },
    },
    {
      name: 'frozen',
      spec: {
        sourceRepos: ['*'],
        destinations: [{ server: '*', namespace: '*' }],
        description: 'Frozen all year',
        syncWindows: [
          {
            kind: 'deny',
            schedule: '* * * * *',
            duration: '1h',
            applications: ['*'],
            description: 'year-end freeze',
          },
        ],
      },
    },
    {
      name: 'platform',
      spec: {
        sourceRepos: ['*'],
        destinations: [{ server: inCluster, namespace: '*' }],
        description: 'Platform team',
        clusterResourceWhitelist: everything,
      },
    },
    {
      name: 'shop',
      spec: {
        sourceRepos: ['http://git.acme.example:8000/shop/*', 'http://git.acme.example:8000/platform/*'],
        destinations: [{ server: inCluster, namespace: 'shop-*' }],
        description: 'Team Shop',
        roles: [
          {
            name: 'deployer',
            description: 'CI of team Shop',
            policies: ['p, proj:shop:deployer, applications, sync, shop/*, allow'],
            groups: ['acme:shop'],
          },
          ...(withNightFreeze ? [] : [leads]),
        ],
        namespaceResourceBlacklist: [{ group: '', kind: 'ResourceQuota' }],
        syncWindows: [
          ...(withNightFreeze ? [nightFreeze] : [weekend, closing]),
          { kind: 'allow', schedule: '* * * * *', duration: '1h', applications: ['*'], manualSync: true },
        ],
      },
    },
  ]
}
