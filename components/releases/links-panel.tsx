import { OutLink } from '#components/ui/button-link.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { SignalLink } from '#lib/releases/links.ts'

/** Where to look whether it did any harm: each link opens at this application and this time. */
export function LinksPanel({ links, note }: { links: readonly SignalLink[]; note?: string }) {
  return (
    <Panel title="Look closer" note={note}>
      <Rows>
        {links.map((link) => (
          <li key={link.name} className="flex items-center gap-3 px-4 py-2 text-sm">
            <div className="min-w-0 grow">
              <p className="font-medium">{link.name}</p>
              <p className="text-ink-muted text-xs">
                {link.missing === undefined ? link.about : `Not configured. ${visible(link.missing)}`}
              </p>
            </div>
            {link.href !== undefined && (
              <OutLink href={link.href}>
                Open<span className="sr-only"> {link.name}</span>
              </OutLink>
            )}
          </li>
        ))}
      </Rows>
    </Panel>
  )
}
