'use client'

import { useEffect, useRef, useState } from 'react'
import { fetchJson } from '#components/shell/fetch-json.ts'
import type { DiffLook, Row, RowPage } from '#lib/manifests/rows.ts'
import { paths } from '#lib/platform/paths.ts'
import { DiffRows } from './diff-rows.tsx'
import { lookQuery, rowHeightPx } from './look.ts'

export type MoreRowsProps = {
  plan: string
  object: number
  anchor: string
  look: DiffLook
  from: number
  count: number
}

/** Rows asked for at once; at most two such pages of an object are drawn. */
const pageRows = 200
/** Whoever scrolls past does not wait for what they passed. */
const restMs = 80
const marginPx = 600
/** Pages that are kept on either side of what is looked at. */
const pagesKept = 6

type Pages = { [page: number]: readonly Row[] | undefined }

/** Which pages are on the screen or close to it; null when none is. */
function nearPages(top: number, bottom: number, screenPx: number): [number, number] | null {
  if (bottom < -marginPx || top > screenPx + marginPx) return null
  const pagePx = pageRows * rowHeightPx
  const first = Math.max(0, Math.floor((-marginPx - top) / pagePx))
  const last = Math.floor((Math.min(screenPx + marginPx, bottom) - top - 1) / pagePx)
  return [first, Math.max(first, last)]
}

/** Draws what is near the screen and forgets what is not: a diff of 200,000 lines is a few hundred elements. */
export function MoreRowsWindow({ plan, object, anchor, look, from, count }: MoreRowsProps) {
  const frame = useRef<HTMLDivElement>(null)
  const [near, setNear] = useState<[number, number] | null>(null)
  const [pages, setPages] = useState<Pages>({})
  const [failed, setFailed] = useState<string>()
  const [retry, setRetry] = useState(0)
  /** The line of the address is being fetched. */
  const pending = useRef(false)
  const { view, onlyChanged } = look
  const heightPx = (count - from) * rowHeightPx

  useEffect(() => {
    const element = frame.current
    if (!element) return
    let asked = 0
    const measure = () => {
      asked = 0
      const { top, bottom } = element.getBoundingClientRect()
      const now = nearPages(top, bottom, window.innerHeight)
      setNear((was) => (was?.[0] === now?.[0] && was?.[1] === now?.[1] ? was : now))
    }
    const measureSoon = () => {
      asked ||= requestAnimationFrame(measure)
    }
    // Only those near the screen listen: there may be hundreds of them.
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) addEventListener('scroll', measureSoon, { passive: true })
        else removeEventListener('scroll', measureSoon)
        measureSoon()
      },
      { rootMargin: `${marginPx}px 0px` },
    )
    observer.observe(element)
    addEventListener('resize', measureSoon)
    return () => {
      observer.disconnect()
      cancelAnimationFrame(asked)
      removeEventListener('scroll', measureSoon)
      removeEventListener('resize', measureSoon)
    }
  }, [])

  const [first, last] = near ?? [0, -1]
  // biome-ignore lint/correctness/useExhaustiveDependencies: `retry` asks once more for the same
  useEffect(() => {
    const wanted = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter(
      (page) => !pages[page],
    )
    const start = wanted[0]
    if (start === undefined) return
    const many = (wanted.at(-1) ?? start) - start + 1
    const stop = new AbortController()
    const ask = async () => {
      const part = { object: `${object}`, from: `${from + start * pageRows}`, limit: `${many * pageRows}` }
      const address = paths.api.planRows(plan, { ...part, ...lookQuery({ view, onlyChanged }) })
      const { rows } = await fetchJson<RowPage>(address, stop.signal)
      setFailed(undefined)
      setPages((had) => {
        const kept = Object.entries(had).filter(([page]) => Math.abs(Number(page) - start) <= pagesKept)
        const come = Array.from({ length: many }, (_, i) => [
          start + i,
          rows.slice(i * pageRows, (i + 1) * pageRows),
        ])
        return Object.fromEntries([...kept, ...come])
      })
    }
    const timer = setTimeout(() => {
      ask().catch((error: unknown) => {
        if (!stop.signal.aborted) setFailed(error instanceof Error ? error.message : 'Unreachable.')
      })
    }, restMs)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [first, last, pages, plan, object, from, view, onlyChanged, retry])

  useEffect(() => {
    const start = `#${anchor}-`
    const go = async () => {
      const line = location.hash.startsWith(start) ? location.hash.slice(start.length) : ''
      if (!/^[lr]\d+$/.test(line) || document.getElementById(location.hash.slice(1))) return
      const query = { object: `${object}`, line, ...lookQuery({ view, onlyChanged }) }
      const { row } = await fetchJson<{ row: number }>(paths.api.planRows(plan, query))
      const element = frame.current
      if (row < from || !element) return
      const top = element.getBoundingClientRect().top + scrollY + (row - from) * rowHeightPx
      pending.current = true
      scrollTo({ top: top - window.innerHeight / 3 })
    }
    // A link that leads nowhere any more is no error: the object itself is on the page.
    const goQuietly = () => void go().catch(() => undefined)
    goQuietly()
    addEventListener('hashchange', goQuietly)
    return () => removeEventListener('hashchange', goQuietly)
  }, [anchor, plan, object, from, view, onlyChanged])

  // biome-ignore lint/correctness/useExhaustiveDependencies: looks again whenever rows have come
  useEffect(() => {
    if (!pending.current || !document.getElementById(location.hash.slice(1))) return
    pending.current = false
    // What is there only now becomes the target of the address when the address is gone to once more.
    location.replace(location.hash)
    document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: 'center' })
  }, [pages])

  return (
    <div ref={frame} className="relative" style={{ height: heightPx }}>
      {Array.from({ length: last - first + 1 }, (_, i) => first + i).map((page) => (
        <div
          key={page}
          className="absolute inset-x-0"
          style={{
            top: page * pageRows * rowHeightPx,
            height: Math.min(pageRows * rowHeightPx, heightPx - page * pageRows * rowHeightPx),
          }}
        >
          {pages[page] ? (
            <DiffRows
              rows={pages[page]}
              from={from + page * pageRows}
              anchor={anchor}
              split={view === 'split'}
            />
          ) : (
            <p className="sticky top-16 px-4 font-sans text-ink-muted">
              {failed ? (
                <>
                  These lines could not be fetched. {failed}{' '}
                  <button type="button" className="underline" onClick={() => setRetry((n) => n + 1)}>
                    Try again
                  </button>
                </>
              ) : (
                'Fetching lines …'
              )}
            </p>
          )}
        </div>
      ))}
    </div>
  )
}
