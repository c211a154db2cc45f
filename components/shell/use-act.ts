'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { HttpError, postJson } from './fetch-json.ts'
import { newKey } from './new-key.ts'

/**
 * One act of a form after the other: a key until the server answered (a press repeated before that is the same act),
 * pending until the page shows what came of it, and the server's refusal in words. Nothing is claimed before the server
 * said so.
 */
export function useAct() {
  const router = useRouter()
  const [key, setKey] = useState(newKey)
  const [sending, setSending] = useState(false)
  const [refusal, setRefusal] = useState<string>()
  const [refreshing, startRefresh] = useTransition()

  /** Resolves to the answer, or undefined when it was refused (`refusal` says why). */
  async function act<T>(path: string, body: unknown): Promise<T | undefined> {
    setSending(true)
    setRefusal(undefined)
    try {
      const answer = await postJson<T>(path, body, key)
      // What is sent next from a form that stays, such as another question, is another act.
      setKey(newKey())
      return answer
    } catch (error) {
      setRefusal(
        error instanceof HttpError
          ? error.message
          : 'The answer did not arrive. Press again: the same act is never done twice.',
      )
      // A refusal is an answer, and the next try another act; a lost answer must be asked for with the same key.
      if (error instanceof HttpError && error.status < 500) setKey(newKey())
      return undefined
    } finally {
      setSending(false)
      startRefresh(() => router.refresh())
    }
  }
  return { act, refusal, pending: sending || refreshing }
}
