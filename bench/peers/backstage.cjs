// The peer: a real Backstage catalog that is told of PEER_SERVICES components, once. CommonJS, as its packages are.
const { createBackend } = require('@backstage/backend-defaults')
const { createBackendModule } = require('@backstage/backend-plugin-api')
const { catalogProcessingExtensionPoint } = require('@backstage/plugin-catalog-node')

const teams = ['basket', 'ledger', 'search', 'identity', 'mobile', 'platform']
const origin = 'url:http://127.0.0.1/peer'

const component = (at) => ({
  locationKey: 'peer',
  entity: {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Component',
    metadata: {
      name: `svc-${String(at + 1).padStart(6, '0')}`,
      labels: { tier: String(at % 3) },
      annotations: {
        'backstage.io/managed-by-location': origin,
        'backstage.io/managed-by-origin-location': origin,
      },
    },
    spec: { type: 'service', lifecycle: 'production', owner: `group:default/${teams[at % teams.length]}` },
  },
})

const provider = createBackendModule({
  pluginId: 'catalog',
  moduleId: 'peer',
  register({ registerInit }) {
    registerInit({
      deps: { catalog: catalogProcessingExtensionPoint },
      async init({ catalog }) {
        catalog.addEntityProvider({
          getProviderName: () => 'peer',
          async connect(connection) {
            const entities = Array.from({ length: Number(process.env.PEER_SERVICES) }, (_, at) =>
              component(at),
            )
            await connection.applyMutation({ type: 'full', entities })
          },
        })
      },
    })
  },
})

const catalog = require('@backstage/plugin-catalog-backend')
const backend = createBackend()
backend.add(catalog.default ?? catalog)
backend.add(provider)
backend.start().catch((error) => {
  console.error(error)
  process.exit(1)
})
