import { Facts } from '#components/ui/facts.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { GeneratorWords } from '#lib/structure/generator.ts'
import type { SetView } from '#lib/structure/schema.ts'

function Generators({ of }: { of: readonly GeneratorWords[] }) {
  return (
    <ul className="grid gap-1">
      {of.map((each, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: generators have no names, and their order is what they are
        <li key={at} className="min-w-0 break-words">
          {visible(each.words)}
          {each.of.length > 0 && (
            <div className="mt-1 border-line border-l pl-3">
              <Generators of={each.of} />
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}

/** What a set makes applications of: its generators in words, and all of it as Argo CD has it. */
export function Pattern({ view }: { view: SetView }) {
  const { generators, policy, names, text } = view.pattern
  return (
    <Panel title="Pattern" padded>
      <Facts
        facts={[
          {
            name: 'Makes one of',
            value: generators.length > 0 ? <Generators of={generators} /> : 'nothing: it has no generator',
          },
          {
            name: 'Named',
            value: (
              <code className="break-words font-mono text-xs">{visible(names) || 'without a name'}</code>
            ),
          },
          { name: 'The set', value: visible(policy) },
          ...(view.cut
            ? [
                {
                  name: 'Its list',
                  value: `Argo CD names ${view.cut.listed} of ${view.cut.of}, so what fell out cannot be told`,
                },
              ]
            : []),
        ]}
      />
      <details className="mt-3 text-sm">
        <summary className="w-fit cursor-pointer rounded-sm text-ink-muted hover:text-ink">
          As Argo CD has it
        </summary>
        <section
          aria-label="Specification"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          className="mt-2 max-h-96 overflow-auto rounded-md bg-sunken p-3"
        >
          <pre className="font-mono text-xs">{text.split('\n').map(visible).join('\n')}</pre>
        </section>
      </details>
    </Panel>
  )
}
