'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { Time } from '#components/shell/time.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Callout } from '#components/status/callout.tsx'
import { Button } from '#components/ui/button.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { Panel, Rows } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'

type Props = {
  release: string
  messages: readonly { id: string; name: string; text: string; at: string }[]
}

/** What people asked and answered about a release. It decides nothing, and it stays. */
export function Questions({ release, messages }: Props) {
  const [text, setText] = useState('')
  const { act, refusal, pending } = useAct()
  const announce = useAnnounce()
  async function send() {
    if (!(await act(paths.api.messages(release), { text: text.trim() }))) return
    setText('')
    announce('Your message is written.')
  }
  return (
    <Panel title="Questions" aside={messages.length === 0 ? 'none' : messages.length}>
      {messages.length > 0 && (
        <Rows>
          {messages.map(({ id, name, text: said, at }) => (
            <li key={id} className="px-4 py-2 text-sm">
              <p className="text-ink-muted text-xs">
                <span className="font-medium text-ink">{visible(name)}</span> · <Time at={at} as="ago" />
              </p>
              <p className="mt-0.5 whitespace-pre-wrap [overflow-wrap:anywhere]">{visible(said)}</p>
            </li>
          ))}
        </Rows>
      )}
      <form
        className="grid gap-2 border-line border-t p-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (text.trim() && !pending) void send()
        }}
      >
        {refusal && (
          <Callout tone="negative" alert title="Not written">
            {refusal}
          </Callout>
        )}
        <Field label="Ask or answer" hint="Everybody who may see this release reads it; the log keeps it.">
          <Textarea
            rows={2}
            value={text}
            maxLength={2000}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Field>
        <Button
          type="submit"
          loading={pending}
          reason={pending || text.trim() ? undefined : 'Write something first.'}
          className="justify-self-start"
        >
          Send
        </Button>
      </form>
    </Panel>
  )
}
