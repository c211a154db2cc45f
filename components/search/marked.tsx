import { visible } from '#components/ui/visible.ts'
import type { Range } from '#lib/search/search.ts'

/** Text from outside with the parts that matched made bold. The marks count units of the text as it came. */
export function Marked({ text, marks }: { text: string; marks: readonly Range[] }) {
  const pieces = marks.flatMap(([from, to], i) => [
    { text: text.slice(marks[i - 1]?.[1] ?? 0, from), marked: false, from: -from },
    { text: text.slice(from, to), marked: true, from },
  ])
  const rest = text.slice(marks.at(-1)?.[1] ?? 0)
  return (
    <>
      {pieces.map((piece) =>
        piece.marked ? (
          <mark
            key={piece.from}
            className="bg-transparent font-semibold text-ink underline underline-offset-2"
          >
            {visible(piece.text)}
          </mark>
        ) : (
          visible(piece.text)
        ),
      )}
      {visible(rest)}
    </>
  )
}
