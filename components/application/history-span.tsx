import { span } from '#components/shell/relative.ts'

/** How long something took: `4 s`, `3 d`. */
export function Span({ from, to }: { from: string; to: string }) {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000
  return <span>{seconds < 60 ? `${Math.max(1, Math.round(seconds))} s` : span(seconds)}</span>
}
