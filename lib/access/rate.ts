/**
 * Token buckets in this process's memory, one per key. Not in Postgres: that would make every request a write to
 * the database that the limit is there to protect. With n webs the limit is n times as high, which still bounds it.
 */
export function createBuckets(options: { burst: number; perSecond: number; nowMs: () => number }) {
  const { burst, perSecond, nowMs } = options
  const buckets = new Map<string, { tokens: number; atMs: number }>()

  /** Full buckets are as good as none. */
  function sweep(atMs: number): void {
    for (const [key, bucket] of buckets)
      if (bucket.tokens + ((atMs - bucket.atMs) / 1000) * perSecond >= burst) buckets.delete(key)
  }

  return {
    /** Takes one token: 0, or how many seconds until the next one is there. */
    take(key: string): number {
      const atMs = nowMs()
      if (buckets.size >= 10_000) sweep(atMs)
      const bucket = buckets.get(key) ?? { tokens: burst, atMs }
      const tokens = Math.min(burst, bucket.tokens + ((atMs - bucket.atMs) / 1000) * perSecond)
      const enough = tokens >= 1
      buckets.set(key, { tokens: enough ? tokens - 1 : tokens, atMs })
      return enough ? 0 : Math.ceil((1 - tokens) / perSecond)
    },
  }
}
