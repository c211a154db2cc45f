'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { fetchJson } from '#components/shell/fetch-json.ts'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { Button } from '#components/ui/button.tsx'
import { OutLink } from '#components/ui/button-link.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { AlertsView, ShownAlert } from '#lib/alerts/loaders.ts'
import { gridOf } from '#lib/metrics/window.ts'
import { momentIn } from '#lib/past/moment.ts'
import { instant } from '#lib/platform/clock.ts'
import { paths } from '#lib/platform/paths.ts'
import { alertLooks, onsetWords } from './alert-words.ts'
import { Waiting } from './no-panel.tsx'
import type { Asked } from './use-panel.ts'

const everyMs = 30_000

type AlertsProps = {
  asked: Asked
  /** When the deployment began that alerts are held against; undefined for the newest. */
  deployed: string | undefined
}

function useAlerts({ application, range, around }: Asked, deployed: string | undefined) {
  return useQuery({
    queryKey: ['alerts', application, range, around ?? null, deployed ?? null],
    queryFn: ({ signal }) => {
      const now = Date.now()
      const { fromMs, toMs } = gridOf(range, now, around === undefined ? undefined : Date.parse(around))
      const to = toMs > now - 2 * everyMs ? now : toMs
      const asked = { from: instant(fromMs), to: instant(to), deployed }
      return fetchJson<AlertsView>(paths.api.alerts(application, asked), signal)
    },
    refetchInterval: everyMs,
    staleTime: everyMs,
  })
}

/** Alerts of an application in the time that is shown, with those of the delivery itself. */
export function AlertsSection({ asked, deployed }: AlertsProps) {
  const { data: view, error, refetch, isPending } = useAlerts(asked, deployed)
  return (
    <Panel
      id="alerts"
      title="Alerts"
      note={view && view.alerts.length > 0 ? `${view.alerts.length}` : undefined}
      aside={view?.href ? <OutLink href={view.href}>Alertmanager</OutLink> : undefined}
    >
      {view ? (
        <Shown view={view} />
      ) : isPending && !error ? (
        <Waiting />
      ) : (
        <div role="status" className="grid justify-items-center gap-2 px-4 py-8 text-center text-sm">
          <p className="font-medium">Alerts cannot be read</p>
          <p className="text-ink-muted">{error?.message}</p>
          <Button size="sm" onClick={() => refetch()}>
            Ask again
          </Button>
        </div>
      )}
    </Panel>
  )
}

function Shown({ view }: { view: AlertsView }) {
  const { alerts, silences, listed, kept, place } = view
  const silencing = new Set(alerts.flatMap((alert) => alert.silences.map(({ id }) => id)))
  const others = silences.filter(({ id }) => !silencing.has(id))
  return (
    <>
      {listed.is === 'failed' && (
        <p role="status" className="px-4 py-2 text-attention text-sm">
          Alertmanager cannot be read: {visible(listed.detail)} What was told before is shown.
        </p>
      )}
      {alerts.length === 0 ? (
        <p className="px-4 py-4 text-ink-muted text-sm">
          {listed.is === 'answered'
            ? 'No alert of this application in this time.'
            : listed.is === 'not-configured'
              ? 'No alert of the delivery. Alertmanager is not configured: set signals.alerts.url in countersign.yaml.'
              : 'Nothing was told before. That does not mean that nothing fires.'}
        </p>
      ) : (
        <Rows>
          {alerts.map((alert) => (
            <Row key={alert.key} alert={alert} place={place} />
          ))}
        </Rows>
      )}
      {others.map(({ id, createdBy, comment, endsAt }) => (
        <p key={id} className="border-line border-t px-4 py-2 text-ink-muted text-xs">
          A silence of {visible(createdBy) || 'somebody'} is on in this namespace until{' '}
          <Time at={endsAt} as="clock" />
          {comment && `: ${visible(comment)}`}
        </p>
      ))}
      {!kept && listed.is !== 'not-configured' && (
        <p className="border-line border-t px-4 py-2 text-ink-muted text-xs">
          Alerts that have ended are kept once Alertmanager tells us of them: set signals.alerts.webhook.
        </p>
      )}
    </>
  )
}

function Row({ alert, place }: { alert: ShownAlert; place: AlertsView['place'] }) {
  const { name, of, severity, summary, state, startsAt, endsAt, silences, link, onset } = alert
  const { word, tone, glyph } = alertLooks[state]
  const began = onset && onsetWords(onset)
  return (
    <li className="grid gap-1 px-4 py-2.5 text-sm">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Chip tone={tone} glyph={glyph}>
          {word}
        </Chip>
        <span className="min-w-0 break-words font-medium">{visible(name)}</span>
        <span className="text-ink-muted text-xs">
          {[of === 'delivery' && 'delivery', severity && visible(severity)].filter(Boolean).join(', ')}
        </span>
        {began && (
          <Chip tone={began.tone} className="ml-auto">
            {began.words}
          </Chip>
        )}
      </div>
      {summary && <p className="break-words text-ink-muted">{visible(summary)}</p>}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-muted text-xs">
        <span>
          since <Time at={startsAt} as="clock" />
          {endsAt && (
            <>
              {' '}
              until <Time at={endsAt} as="clock" />
            </>
          )}
        </span>
        {silences.map(({ id, by, comment, until }) => (
          <span key={id}>
            silenced{by && ` by ${visible(by)}`}
            {until && (
              <>
                {' '}
                until <Time at={until} as="clock" />
              </>
            )}
            {comment && `: ${visible(comment)}`}
          </span>
        ))}
        <span className="ml-auto flex gap-3">
          {place.environment && (
            <Link
              prefetch={false}
              href={paths.suspects(place.service, {
                at: momentIn(startsAt),
                environment: place.environment,
              })}
              className="rounded-sm text-accent hover:underline"
            >
              Suspects
            </Link>
          )}
          {link && (
            <a
              href={link}
              target="_blank"
              rel="noreferrer"
              className="rounded-sm text-accent hover:underline"
            >
              Rule ↗<span className="sr-only"> (opens in a new tab)</span>
            </a>
          )}
        </span>
      </div>
    </li>
  )
}
