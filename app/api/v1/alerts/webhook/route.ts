import { hook } from '#lib/access/hook.ts'
import { receiveAlerts } from '#lib/alerts/commands.ts'
import { webhookSchema } from '#lib/alerts/schema.ts'
import { getConfig } from '#lib/platform/context.ts'

/**
 * Alertmanager's webhook, with the secret of `signals.alerts.webhook` as `http_config.authorization`. The same message
 * again changes nothing.
 */
export const POST = hook(
  {
    name: 'alerts',
    secret: () => getConfig().signals.alerts?.webhook?.secret,
    body: webhookSchema,
    bytesMax: 1024 * 1024,
  },
  ({ body, db }) => receiveAlerts(db, body),
)
