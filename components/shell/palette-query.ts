'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { paths } from '#lib/platform/paths.ts'
import type { SearchAnswer, SearchGroup } from '#lib/search/search.ts'
import { fetchJson, HttpError } from './fetch-json.ts'

/** How long nobody types before the server is asked. */
const typingMs = 120

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), typingMs)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}

const none: readonly SearchGroup[] = []

export type PaletteState = 'idle' | 'searching' | 'found' | 'nothing' | 'failed'

/** What the server finds for the text that was typed; while it looks, what it found before stays. */
export function usePaletteQuery(query: string): {
  groups: readonly SearchGroup[]
  state: PaletteState
  /** Why it failed, in a sentence. */
  message: string | undefined
} {
  const text = query.trim()
  const asked = useSettled(text)
  const enabled = asked !== ''
  const { data, error, isFetching } = useQuery({
    queryKey: ['search', asked],
    queryFn: ({ signal }) => fetchJson<SearchAnswer>(paths.api.search({ q: asked }), signal),
    enabled,
    placeholderData: keepPreviousData,
    retry: false,
  })
  const groups = text !== '' && enabled && data ? data.groups : none
  if (text === '') return { groups: none, state: 'idle', message: undefined }
  if (text !== asked || isFetching) return { groups, state: 'searching', message: undefined }
  if (error) {
    const message =
      error instanceof HttpError
        ? error.message
        : 'Search does not answer right now. Pages can still be opened by name.'
    return { groups: none, state: 'failed', message }
  }
  return { groups, state: groups.length > 0 ? 'found' : 'nothing', message: undefined }
}
