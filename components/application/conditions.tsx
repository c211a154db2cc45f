import { Time } from '#components/shell/time.tsx'
import { GlyphMark } from '#components/status/glyphs.tsx'
import { toneText } from '#components/status/tones.ts'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { adviceFor, isError } from '#lib/applications/condition.ts'
import type { ObservedApplication } from '#lib/argocd/application.ts'

/** Argo CD's own words about what is wrong, and under each what to do. */
export function Conditions({ conditions }: { conditions: ObservedApplication['conditions'] }) {
  if (conditions.length === 0) return null
  return (
    <Panel title="Argo CD says" note={`${conditions.length}`}>
      <Rows>
        {conditions.map((condition) => {
          const { type, message, since } = condition
          const todo = adviceFor(condition)
          const tone = isError(type) ? 'negative' : 'attention'
          return (
            <li key={`${type} ${message}`} className="flex gap-2.5 px-4 py-2.5 text-sm">
              <span className="flex h-[1.125rem] items-center">
                <GlyphMark glyph={tone === 'negative' ? 'octagon' : 'triangle'} className={toneText[tone]} />
              </span>
              <div className="grid min-w-0 grow gap-1">
                <p className="font-medium">
                  {visible(type)}
                  {since && (
                    <span className="ml-2 font-normal text-ink-faint">
                      <Time at={since} as="ago" />
                    </span>
                  )}
                </p>
                <p className="max-h-48 overflow-auto break-words text-ink-muted">{visible(message)}</p>
                {todo && <p className="max-w-[68ch]">{todo}</p>}
              </div>
            </li>
          )
        })}
      </Rows>
    </Panel>
  )
}
