import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { OutLink } from '#components/ui/button-link.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ApplicationLately, ServiceLately } from '#lib/past/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import type { Finding } from './findings.ts'

/** What somebody should look at now. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <Panel title="Open findings" note={findings.length > 0 ? `${findings.length}` : undefined}>
      {findings.length === 0 ? (
        <p className="p-4 text-ink-muted text-sm">
          Nothing is degraded, drifting, given up on, not understood or without a release.
        </p>
      ) : (
        <Rows>
          {findings.map(({ application, place, tone, what, detail, unexplained }) => (
            <li key={unexplained ?? `${application} ${what}`} className="px-4 py-2 text-sm">
              <span className="flex flex-wrap items-center gap-2">
                <Chip
                  tone={tone}
                  glyph={tone === 'negative' ? 'octagon' : tone === 'neutral' ? 'dashed' : 'triangle'}
                >
                  {what}
                </Chip>
                <Link
                  href={unexplained ? paths.finding(unexplained) : paths.application(application)}
                  className="rounded-sm text-ink hover:underline"
                >
                  {visible(place)}
                </Link>
              </span>
              {detail !== null && (
                <p className="mt-0.5 break-words text-ink-muted text-xs">{visible(detail)}</p>
              )}
            </li>
          ))}
        </Rows>
      )}
    </Panel>
  )
}

const counted = (count: number, one: string, many: string) =>
  count === 0 ? [] : [count === 1 ? one : many.replace('#', String(count))]

/** Who had to do with it in the last 90 days. */
export function People({ people }: { people: ServiceLately['people'] }) {
  return (
    <Panel title="People" note="last 90 days">
      {people.length === 0 ? (
        <p className="p-4 text-ink-muted text-sm">Nobody asked for, approved or synced anything here.</p>
      ) : (
        <Rows>
          {people.map(({ name, account, asked, approved, deployed, last }) => (
            <li
              key={`${account} ${name}`}
              className="flex flex-wrap items-baseline gap-x-2 px-4 py-2 text-sm"
            >
              <span className="text-ink">{account ? `Account ${visible(name)}` : visible(name)}</span>
              <span className="text-ink-muted text-xs">
                {[
                  ...counted(asked, 'asked for a release', 'asked for # releases'),
                  ...counted(approved, 'approved a release', 'approved # releases'),
                  ...counted(deployed, 'synced once, says Argo CD', 'synced # times, says Argo CD'),
                ].join(', ')}
              </span>
              <Time at={last} as="ago" className="ml-auto text-ink-faint text-xs" />
            </li>
          ))}
        </Rows>
      )}
    </Panel>
  )
}

/** Metrics, logs, dashboards and alerts of each application; those of the furthest environment are open. */
export function SignalLinks({ applications }: { applications: readonly ApplicationLately[] }) {
  if (applications.length === 0) return null
  return (
    <Panel title="Look closer">
      {applications.map(({ id, place, links }, index) => (
        <details
          key={id}
          open={index === 0}
          className="border-line border-t px-4 py-2 text-sm first:border-t-0"
        >
          <summary className="rounded-sm text-ink-muted hover:text-ink">
            {visible(place) || 'unmapped'}
          </summary>
          <ul className="flex flex-wrap gap-2 py-2">
            {links.map((link) =>
              link.href === undefined ? (
                <li key={link.name} className="w-full text-ink-faint text-xs">
                  {link.name}: not configured. {visible(link.missing)}
                </li>
              ) : (
                <li key={link.name} title={link.about}>
                  <OutLink href={link.href}>
                    {link.name}
                    <span className="sr-only"> of {visible(place)}</span>
                  </OutLink>
                </li>
              ),
            )}
          </ul>
        </details>
      ))}
    </Panel>
  )
}
