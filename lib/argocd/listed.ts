import { hash } from 'node:crypto'
import type { Masker } from '#lib/manifests/mask.ts'
import type { RawApplication } from './schema.ts'

/** Wave and flags as they come: `h` a hook, `p` would be pruned, `d` its deletion waits for a person. */
export type ListedResource = [
  group: string,
  kind: string,
  namespace: string,
  name: string,
  sync: string,
  flags: string,
  wave: number,
]
/** What the last operation did with one resource. The message is kept where something is to be said. */
export type ListedResult = [
  group: string,
  kind: string,
  namespace: string,
  name: string,
  status: string,
  message: string,
  hookType: string,
  hookPhase: string,
  syncPhase: string,
]
/** By key of the resource: Argo CD's word and its masked message. */
export type ListedHealth = Record<string, [status: string, message: string]>

/**
 * The resources of one application in little space. `health` is null where an answer says none of any resource: the
 * list of Argo CD leaves it out, GET and watch have it. What nobody said takes nothing back.
 */
export type Listed = {
  resources: ListedResource[]
  results: ListedResult[]
  health: ListedHealth | null
  hash: string
  healthHash: string | null
}

const messageMax = 1_000

/** A resource of one application, whichever list speaks of it. */
export const keyOfResource = ([group, kind, namespace, name]: readonly [
  string,
  string,
  string,
  string,
  ...unknown[],
]): string => `${group}/${kind}/${namespace}/${name}`

/** Reads `status.resources` and the results of the operation; messages masked and cut. */
export function listedOf(status: RawApplication['status'], masker: Masker): Listed {
  const said = (message: string | null | undefined) =>
    message ? masker.text(message.slice(0, messageMax)) : ''
  const health: ListedHealth = {}
  let told = false
  const resources = (status?.resources ?? []).map((each): ListedResource => {
    const flags = `${each.hook ? 'h' : ''}${each.requiresPruning ? 'p' : ''}${each.requiresDeletionConfirmation ? 'd' : ''}`
    const listed: ListedResource = [
      each.group ?? '',
      each.kind ?? '',
      each.namespace ?? '',
      each.name ?? '',
      each.status ?? '',
      flags,
      each.syncWave ?? 0,
    ]
    if (each.health?.status) {
      told = true
      const message = each.health.status === 'Healthy' ? '' : said(each.health.message)
      health[keyOfResource(listed)] = [each.health.status, message]
    }
    return listed
  })
  const results = (status?.operationState?.syncResult?.resources ?? []).map(
    (each): ListedResult => [
      each.group ?? '',
      each.kind ?? '',
      each.namespace ?? '',
      each.name ?? '',
      each.status ?? '',
      each.hookType || each.status !== 'Synced' ? said(each.message) : '',
      each.hookType ?? '',
      each.hookPhase ?? '',
      each.syncPhase ?? '',
    ],
  )
  return {
    ...{ resources, results, health: told ? health : null },
    hash: hash('sha1', JSON.stringify([resources, results])),
    healthHash: told ? hash('sha1', JSON.stringify(health)) : null,
  }
}
