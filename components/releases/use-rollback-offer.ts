import { useEffect, useState } from 'react'
import { fetchJson, HttpError, postJson } from '#components/shell/fetch-json.ts'
import { newKey } from '#components/shell/new-key.ts'
import { paths } from '#lib/platform/paths.ts'
import type { RollbackOffer } from '#lib/rollbacks/offer.ts'

const lookAgainMs = 700

/** Has the way back prepared while a dialog is open, and what came of it. `problem`: it could not be asked for. */
export function useRollbackOffer(
  application: string,
  deployment: string,
  open: boolean,
): { offer: RollbackOffer | undefined; problem: string | undefined } {
  const [offer, setOffer] = useState<RollbackOffer>()
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    if (!open) return
    const over = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async () => {
      try {
        const found = await fetchJson<RollbackOffer>(paths.api.rollback(application, deployment), over.signal)
        if (over.signal.aborted) return
        setOffer(found)
        setProblem(undefined)
        if (found.state === 'preparing') timer = setTimeout(look, lookAgainMs)
      } catch (error) {
        if (over.signal.aborted) return
        if (error instanceof HttpError && error.status < 500) return setProblem(error.message)
        timer = setTimeout(look, 3 * lookAgainMs)
      }
    }
    postJson(paths.api.rollbacks(application), { deployment }, newKey()).then(look, (error: unknown) => {
      if (over.signal.aborted) return undefined
      if (error instanceof HttpError && error.status < 500) return setProblem(error.message)
      return look()
    })
    return () => {
      over.abort()
      clearTimeout(timer)
    }
  }, [application, deployment, open])
  return { offer, problem }
}
