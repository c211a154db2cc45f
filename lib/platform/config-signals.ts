import { z } from 'zod'
import { secretRef, text } from './config-values.ts'

const field = (byDefault: string) => text('the name of a field').default(byDefault)

/** What `signals.logs` says beside where it answers: how its lines name what we look for. */
export const logsParts = {
  fields: z
    .strictObject({
      namespace: field('kubernetes.pod_namespace'),
      app: field('kubernetes.pod_labels.app.kubernetes.io/name').describe('Holds the name of the service'),
      version: field('kubernetes.pod_labels.app.kubernetes.io/version'),
      level: field('level'),
    })
    .optional()
    .describe('Fields of a line; an application is found by its namespace and its service'),
}

/** What `signals.alerts` says beside where it answers. */
export const alertsParts = {
  labels: z
    .strictObject({
      namespace: text('the name of a label').default('namespace'),
      app: z
        .array(text('the name of a label'))
        .min(1, { error: 'at least one label' })
        .default(['app', 'service', 'app_kubernetes_io_name']),
    })
    .optional()
    .describe(
      'Labels of an alert that say which application it is about; the first of app that is there counts',
    ),
  webhook: z
    .strictObject({
      secret: secretRef.describe('What Alertmanager sends as a bearer token; only web reads it'),
    })
    .optional()
    .describe('Takes alerts at /api/v1/alerts/webhook, so that they are kept after they end'),
}
