type Entry<T> = { value: T; untilMs: number; bytes: number }

/**
 * Answers shared by all who ask the same: one flight for each key, its value kept for `keepMs` afterwards. Bounded by
 * entries and by bytes (as counted by whoever fetched); the one that was put in first leaves first.
 */
export function createShared(options: { entriesMax: number; bytesMax: number; nowMs: () => number }) {
  const kept = new Map<string, Entry<unknown>>()
  const flights = new Map<string, Promise<unknown>>()
  let bytes = 0

  function drop(key: string): void {
    bytes -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }

  function put(key: string, entry: Entry<unknown>): void {
    drop(key)
    if (entry.bytes > options.bytesMax) return
    kept.set(key, entry)
    bytes += entry.bytes
    for (const oldest of kept.keys()) {
      if (kept.size <= options.entriesMax && bytes <= options.bytesMax) break
      drop(oldest)
    }
  }

  return {
    size: () => ({ entries: kept.size, bytes, flights: flights.size }),

    /** `fetch` says how long its value is good for; 0 keeps nothing, but whoever waits already gets it all the same. */
    get<T>(key: string, fetch: () => Promise<{ value: T; keepMs: number; bytes: number }>): Promise<T> {
      const known = kept.get(key)
      if (known && known.untilMs > options.nowMs()) return Promise.resolve(known.value as T)
      const flying = flights.get(key)
      if (flying) return flying as Promise<T>
      const flight = fetch()
        .then(({ value, keepMs, bytes }) => {
          if (keepMs > 0) put(key, { value, untilMs: options.nowMs() + keepMs, bytes })
          return value
        })
        .finally(() => flights.delete(key))
      flights.set(key, flight)
      return flight
    },
  }
}
