'use client'

import { GeistMono } from 'geist/font/mono'
import { GeistSans } from 'geist/font/sans'
import { Failure } from '#components/catalog/failure.tsx'
import { useComeBack } from '#components/shell/come-back.ts'
import { markAddress } from '#lib/platform/mark.ts'
import './globals.css'

type Props = { error: Error & { digest?: string }; retry: () => void }

/** When not even what is around the pages could be made; it stands for the whole document. */
export default function GlobalError({ error, retry }: Props) {
  useComeBack(retry)
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`}>
      <head>
        <link rel="icon" type="image/svg+xml" href={markAddress()} />
      </head>
      <body className="font-sans">
        <title>Something went wrong · Countersign</title>
        <main className="grid min-h-dvh place-items-center">
          <Failure digest={error.digest} retry={retry} />
        </main>
      </body>
    </html>
  )
}
