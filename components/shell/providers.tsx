'use client'

import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { AnnounceProvider } from './announce.tsx'
import { HttpError } from './fetch-json.ts'
import { LiveProvider } from './live.tsx'
import { NowProvider } from './now.tsx'
import { PaletteProvider } from './palette-entries.tsx'

const againMs = 10_000

const newClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        // The event stream says what is old; time alone makes nothing old while someone looks.
        staleTime: 30_000,
        // A list that could not be read again stays, and is asked for until it can.
        refetchInterval: ({ state }) => (state.status === 'error' ? againMs : false),
        // What we are told we may not see, or is not there, will not be different in a second.
        retry: (failures, error) => failures < 2 && !(error instanceof HttpError && error.status < 500),
      },
    },
  })

/** Everything that pages in the browser share. `now` and `zone` are the server's, so that both render alike. */
export function Providers({ now, zone, children }: { now: string; zone: string; children: ReactNode }) {
  const [client] = useState(newClient)
  return (
    <QueryClientProvider client={client}>
      <NowProvider now={now} zone={zone}>
        <LiveProvider>
          <AnnounceProvider>
            <PaletteProvider>
              {/* Our content security policy allows no style elements; what they would do, globals.css does. */}
              <CSPProvider disableStyleElements>{children}</CSPProvider>
            </PaletteProvider>
          </AnnounceProvider>
        </LiveProvider>
      </NowProvider>
    </QueryClientProvider>
  )
}
