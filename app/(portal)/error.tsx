'use client'

import { Failure } from '#components/catalog/failure.tsx'
import { useComeBack } from '#components/shell/come-back.ts'

type Props = { error: Error & { digest?: string }; retry: () => void }

/** A page that could not be made; what is around it stays. */
export default function PortalError({ error, retry }: Props) {
  useComeBack(retry)
  return <Failure digest={error.digest} retry={retry} />
}
