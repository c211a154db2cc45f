import { Fragment } from 'react'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { PlanDocument } from '#lib/plans/plan.ts'

/** A reference breaks after a slash and before its tag, and only where it must elsewhere. */
const Reference = ({ image }: { image: string }) =>
  visible(image)
    .split(/(?<=\/)|(?=[:@])/)
    .map((part, at) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
      <Fragment key={at}>
        {at > 0 && <wbr />}
        {part}
      </Fragment>
    ))

function Images({ title, images }: { title: string; images: readonly string[] }) {
  return (
    <div className="grid gap-0.5">
      <h3 className="text-ink-muted text-xs">{title}</h3>
      {images.length === 0 && <p className="text-ink-muted text-sm">none</p>}
      {images.map((image) => (
        <p key={image} className="break-words font-mono text-xs">
          <Reference image={image} />
        </p>
      ))}
    </div>
  )
}

/** Which images run, and which would. Only what differs is drawn twice. */
export function ImagesPanel({ images: { before, after } }: { images: PlanDocument['images'] }) {
  const same = after.filter((image) => before.includes(image))
  const gone = before.filter((image) => !after.includes(image))
  const come = after.filter((image) => !before.includes(image))
  return (
    <Panel title="Images" padded>
      <div className="grid gap-3">
        {gone.length + come.length > 0 ? (
          <>
            <Images title="Now" images={gone} />
            <Images title="With this plan" images={come} />
          </>
        ) : (
          <p className="text-ink-muted text-sm">The same images as now.</p>
        )}
        {same.length > 0 && <Images title="Unchanged" images={same} />}
      </div>
    </Panel>
  )
}
