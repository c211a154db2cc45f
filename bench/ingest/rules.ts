import type { CatalogRules } from '#lib/catalog/application-row.ts'

const label = 'acme.example'

/** How the sandbox's own countersign.yaml maps its generated services. */
export const catalog: CatalogRules = {
  rules: [
    {
      name: 'labels',
      when: { label: `${label}/service` },
      service: `{label:${label}/service}`,
      environment: `{label:${label}/env}`,
      team: `{label:${label}/team}`,
    },
  ],
  environments: ['dev', 'staging', 'prod'].map((name) => ({ name, protected: name === 'prod' })),
}
