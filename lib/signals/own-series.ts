import type { OwnSeries } from '#lib/metrics/candidate.ts'
import type { Config } from '#lib/platform/config.ts'
import { fillTemplate, parseTemplate } from '#lib/platform/template.ts'
import { type LinkSubject, referred } from '#lib/releases/links.ts'

/** Configured series with their labels filled in; those that this application cannot fill in are left out. */
export function ownSeries(series: Config['signals']['series'], of: LinkSubject): OwnSeries[] {
  return (series ?? []).flatMap(({ labels, ...rest }): OwnSeries[] => {
    const filled: Record<string, string> = {}
    for (const [label, text] of Object.entries(labels)) {
      const template = parseTemplate(text)
      const value = template.ok ? fillTemplate(template.value, (each) => referred(of, each)) : undefined
      if (!value?.ok) return []
      filled[label] = value.value
    }
    return [{ ...rest, labels: filled }]
  })
}
