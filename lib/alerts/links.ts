import { type Labels, selector } from '#lib/metrics/label.ts'
import { hashQuery } from '#lib/metrics/links.ts'

/**
 * Alertmanager's list of alerts with these labels, silenced and inhibited ones included: a silence must not
 * make a release look quiet. It has no history, so there is no window to fill in.
 */
export function alertmanagerLink(given: { url: string; labels: Labels }): string {
  const parameters: [string, string][] = [
    ['silenced', 'true'],
    ['inhibited', 'true'],
    ['active', 'true'],
    ['filter', selector(given.labels)],
  ]
  return `${given.url.replace(/\/$/, '')}/#/alerts?${hashQuery(parameters)}`
}
