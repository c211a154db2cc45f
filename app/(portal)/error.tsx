'use client'

import { Failure } from '#components/catalog/failure.tsx'

type Props = { error: Error & { digest?: string }; retry: () => void }

/** A page that could not be made; what is around it stays. */
export default function PortalError({ error, retry }: Props) {
  return <Failure digest={error.digest} retry={retry} />
}
