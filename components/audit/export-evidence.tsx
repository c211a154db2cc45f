'use client'

import { useState } from 'react'
import { useAnnounce } from '#components/shell/announce.tsx'
import { useAct } from '#components/shell/use-act.ts'
import { Button } from '#components/ui/button.tsx'
import { paths } from '#lib/platform/paths.ts'

/** What to ask for: the body of POST /api/v1/evidence. */
export type AskedEvidence =
  | { kind: 'release'; release: string }
  | { kind: 'application'; application: string; from?: string; to?: string }
  | { kind: 'period'; from: string; to: string }

type ExportProps = { asked: AskedEvidence | undefined; refusal: string | undefined }

const pauseMs = 150
const patienceMs = 30_000
const pause = () => new Promise((resolve) => setTimeout(resolve, pauseMs))

/** The pack once the signer has made it; a sentence when there is none. */
async function fetchPack(id: string): Promise<{ file: Blob; name: string } | string> {
  const until = performance.now() + patienceMs
  while (performance.now() < until) {
    const response = await fetch(paths.api.evidencePack(id))
    if (response.status === 200) {
      const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1]
      return { file: await response.blob(), name: name ?? `${id}.evidence.json` }
    }
    if (response.status !== 202) {
      const problem = (await response.json().catch(() => undefined)) as { detail?: string } | undefined
      return problem?.detail ?? 'The server gave no reason. Try again.'
    }
    await pause()
  }
  return 'The signer has not answered. It may be down; your request is kept, so ask again later.'
}

function save({ file, name }: { file: Blob; name: string }) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  // The browser takes the file in its own time.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** Asks for a signed pack and saves it as a file. Whoever may not is told why. */
export function ExportEvidence({ asked, refusal: refused }: ExportProps) {
  const { act, refusal, pending } = useAct()
  const [waiting, setWaiting] = useState(false)
  const [problem, setProblem] = useState<string>()
  const announce = useAnnounce()
  async function download() {
    setProblem(undefined)
    setWaiting(true)
    try {
      const made = await act<{ id: string }>(paths.api.evidence(), asked)
      if (!made) return
      const pack = await fetchPack(made.id)
      if (typeof pack === 'string') return setProblem(pack)
      save(pack)
      announce('The evidence pack is saved.')
    } catch {
      setProblem('The answer did not arrive. Try again.')
    } finally {
      setWaiting(false)
    }
  }
  const wrong = refusal ?? problem
  return (
    <>
      <Button reason={refused} loading={waiting || pending} onClick={download}>
        Evidence
      </Button>
      {wrong && (
        <span role="alert" className="text-negative text-sm">
          {wrong}
        </span>
      )}
    </>
  )
}
