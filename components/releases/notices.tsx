import { Callout } from '#components/status/callout.tsx'

type NoticesProps = {
  /** Why the act of this dialog became impossible while it was open. */
  moved: { title: string; why: string | undefined }
  /** What the server answered when it refused. */
  refused: { title: string; why: string | undefined }
}

/** On top of a dialog: it can no longer be done here, or it was refused. */
export function Notices({ moved, refused }: NoticesProps) {
  return (
    <>
      {moved.why && (
        <Callout tone="attention" alert title={moved.title}>
          {moved.why}
        </Callout>
      )}
      {refused.why && (
        <Callout tone="negative" alert title={refused.title}>
          {refused.why}
        </Callout>
      )}
    </>
  )
}
