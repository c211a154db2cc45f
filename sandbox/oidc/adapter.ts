import type { Adapter, AdapterPayload } from 'oidc-provider'

type Row = { model: string; id: string; payload: AdapterPayload; expiresAtMs: number }

/** Everything the provider remembers, in one process's memory: sessions, codes, grants, tokens. */
export type Store = {
  adapter: (model: string) => Adapter
  /** Sessions in which this person is signed in now. */
  sessionsOf: (accountId: string) => AdapterPayload[]
}

/**
 * The library's own memory adapter warns on stdout and cannot be asked who is signed in; this one can, which is
 * what "sign this person out everywhere" needs.
 */
export function createStore(): Store {
  const rows = new Map<string, Row>()
  const key = (model: string, id: string) => `${model}:${id}`

  function live(model: string, id: string): AdapterPayload | undefined {
    const row = rows.get(key(model, id))
    if (row && row.expiresAtMs <= Date.now()) rows.delete(key(model, id))
    return rows.get(key(model, id))?.payload
  }

  function findBy(model: string, property: 'uid' | 'userCode', value: string): AdapterPayload | undefined {
    for (const row of rows.values())
      if (row.model === model && row.payload[property] === value) return live(model, row.id)
    return undefined
  }

  const adapter = (model: string): Adapter => ({
    async upsert(id, payload, expiresInS) {
      rows.set(key(model, id), {
        model,
        id,
        payload,
        expiresAtMs: expiresInS ? Date.now() + expiresInS * 1000 : Number.POSITIVE_INFINITY,
      })
    },
    async find(id) {
      return live(model, id)
    },
    async findByUid(uid) {
      return findBy(model, 'uid', uid)
    },
    async findByUserCode(userCode) {
      return findBy(model, 'userCode', userCode)
    },
    async consume(id) {
      const payload = live(model, id)
      if (payload) payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      rows.delete(key(model, id))
    },
    async revokeByGrantId(grantId) {
      for (const [name, row] of rows) if (row.payload.grantId === grantId) rows.delete(name)
    },
  })

  return {
    adapter,
    sessionsOf: (accountId) =>
      [...rows.values()]
        .filter((row) => row.model === 'Session' && row.payload.accountId === accountId)
        .map((row) => live('Session', row.id))
        .filter((payload) => payload !== undefined),
  }
}
