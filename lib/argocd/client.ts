import type { z } from 'zod'
import { type ManagedObject, parseManifest } from '#lib/manifests/manifest.ts'
import { createMasker, type JsonObject } from '#lib/manifests/mask.ts'
import { createHttpTarget, type HttpRequest } from '#lib/platform/http.ts'
import { type ArgoResult, failureOf, notUnderstood, problemsOf, read, unreachable } from './answer.ts'
import { type ApplicationKey, type ObservedApplication, observe } from './application.ts'
import { managedObject } from './managed.ts'
import * as schema from './schema.ts'
import { type Knows, type ListPiece, readList, readWatch, type WatchPiece } from './stream.ts'
import {
  type Observed,
  type ObservedProject,
  type ObservedSet,
  observeProjects,
  observeSets,
} from './structure.ts'
import { classifySyncReply, type SyncOutcome } from './sync-reply.ts'
import type { SyncBody } from './sync-request.ts'

/** Project and namespace are always sent: without them Argo CD answers 403 or about another application. */
export type ApplicationRef = ApplicationKey & { project: string }

export type ArgoClientOptions = {
  name: string
  url: string
  /** Asked for every call, so that a rotated token is used at once. */
  token: () => string
  /** Key of the masks; the same in all processes, or the same plan gets two digests. */
  maskKey: string | Uint8Array
  caBundle?: string | undefined
  timeoutMs?: number
  /** Until the first byte of a whole list; a large fleet takes its time. */
  listTimeoutMs?: number
  /** No byte for longer than this on a watch (keep-alives come every 15 s) counts as broken. */
  silenceMs?: number
  concurrencyMax?: number
}

export type ArgoClient = ReturnType<typeof createArgoClient>

const e = encodeURIComponent
const manifestBytesMax = 20 << 20
const structureBytesMax = 64 << 20

/** One Argo CD instance. Expected outcomes are values; what leaves here is parsed and masked. */
export function createArgoClient(options: ArgoClientOptions) {
  const masker = createMasker(options.maskKey)
  const silenceMs = options.silenceMs ?? 45_000
  const target = createHttpTarget({
    url: options.url,
    timeoutMs: options.timeoutMs ?? 15_000,
    concurrencyMax: options.concurrencyMax ?? 6,
    caBundle: options.caBundle,
  })
  /** A token that cannot be read is answered by Argo CD itself: unauthorised. */
  const bearer = () => {
    try {
      return `Bearer ${options.token().trim()}`
    } catch {
      return 'Bearer unreadable'
    }
  }
  const withToken = (request: HttpRequest): HttpRequest => ({
    ...request,
    headers: { ...request.headers, authorization: bearer() },
  })
  async function ask<S extends z.ZodType>(answer: S, request: HttpRequest): Promise<ArgoResult<z.output<S>>> {
    return read(await target.send(withToken(request)), answer, masker)
  }
  const pathOf = (ref: ApplicationRef, rest = '') => `/api/v1/applications/${e(ref.name)}${rest}`
  const where = (ref: ApplicationRef): [string, string][] => [
    ...(ref.project === '' ? [] : [['project', ref.project] as [string, string]]),
    ...(ref.namespace === '' ? [] : [['appNamespace', ref.namespace] as [string, string]]),
  ]
  const narrowed = (given: { fields?: string[]; projects?: string[] }): [string, string][] => [
    ...(given.fields ? [['fields', given.fields.join(',')] as [string, string]] : []),
    ...(given.projects ?? []).map((project): [string, string] => ['projects', project]),
  ]

  return {
    name: options.name,
    /** For links only: the address people open. */
    url: options.url.replace(/\/$/, ''),
    circuit: target.circuit,
    close: target.close,

    async version(): Promise<ArgoResult<{ text: string; major: number; minor: number; patch: number }>> {
      const answer = await ask(schema.versionSchema, { path: '/api/version' })
      if (!answer.ok) return answer
      const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(answer.value.Version) ?? []
      if (patch === undefined) return notUnderstood(`version ${answer.value.Version.slice(0, 40)}`)
      return {
        ok: true,
        value: {
          text: answer.value.Version,
          major: Number(major),
          minor: Number(minor),
          patch: Number(patch),
        },
      }
    },

    /** `sub` may hold slashes, as in `shop/checkout-prod`. */
    async canI(resource: string, action: string, sub: string): Promise<ArgoResult<boolean>> {
      const path = `/api/v1/account/can-i/${e(resource)}/${e(action)}/${sub.split('/').map(e).join('/')}`
      const answer = await ask(schema.canISchema, { path })
      return answer.ok ? { ok: true, value: answer.value.value === 'yes' } : answer
    },

    /** Never a 401: without a valid token `loggedIn` is false. */
    async userinfo(): Promise<ArgoResult<{ loggedIn: boolean; username: string | null; groups: string[] }>> {
      const answer = await ask(schema.userinfoSchema, { path: '/api/v1/session/userinfo' })
      if (!answer.ok) return answer
      const { loggedIn, username, groups } = answer.value
      return { ok: true, value: { loggedIn: loggedIn === true, username, groups } }
    },

    settings: (): Promise<ArgoResult<schema.Settings>> =>
      ask(schema.settingsSchema, { path: '/api/v1/settings' }),

    /** Those that are not understood are named in `problems`. */
    async applicationSets(): Promise<ArgoResult<{ sets: schema.ApplicationSet[]; problems: string[] }>> {
      const answer = await ask(schema.applicationSetListSchema, { path: '/api/v1/applicationsets' })
      if (!answer.ok) return answer
      const parsed = answer.value.items.map((item) => schema.applicationSetSchema.safeParse(item))
      return {
        ok: true,
        value: {
          sets: parsed.flatMap((each) => (each.success ? [each.data] : [])),
          problems: parsed.flatMap((each) =>
            each.success ? [] : [`not understood: ${problemsOf(each.error)}`],
          ),
        },
      }
    },

    /** Every ApplicationSet that our account may read, whole and masked; Argo CD leaves out the others silently. */
    async listSets(): Promise<ArgoResult<Observed<ObservedSet>>> {
      const answer = await ask(schema.applicationSetListSchema, {
        path: '/api/v1/applicationsets',
        bytesMax: structureBytesMax,
      })
      return answer.ok ? { ok: true, value: observeSets(answer.value.items, masker) } : answer
    },

    /** Every AppProject that our account may read, as `listSets`. */
    async listProjects(): Promise<ArgoResult<Observed<ObservedProject>>> {
      const answer = await ask(schema.applicationSetListSchema, {
        path: '/api/v1/projects',
        bytesMax: structureBytesMax,
      })
      return answer.ok ? { ok: true, value: observeProjects(answer.value.items, masker) } : answer
    },

    /** Every application, one at a time. Status of single resources is not filled in here, see GET and WATCH. */
    async *streamList(
      given: { fields?: string[]; projects?: string[]; signal?: AbortSignal; knows?: Knows } = {},
    ): AsyncGenerator<ListPiece> {
      const outcome = await target.open({
        ...withToken({ path: '/api/v1/applications', query: narrowed(given) }),
        ...(given.signal ? { signal: given.signal } : {}),
        timeoutMs: options.listTimeoutMs ?? 60_000,
        idleMs: silenceMs,
      })
      if (!outcome.ok) yield { kind: 'failed', failure: unreachable(outcome) }
      else if (outcome.response.status !== 200)
        yield { kind: 'failed', failure: await failed(outcome.response) }
      else yield* readList(outcome.response.body, masker, given.knows)
    },

    /**
     * Snapshot and changes as they happen, until it fails or the signal aborts. The watch loses events by
     * design: list again every few minutes and after every failure. `fields` start with `result.`.
     */
    async *watch(given: {
      signal: AbortSignal
      fields?: string[]
      projects?: string[]
      knows?: Knows
    }): AsyncGenerator<WatchPiece> {
      const outcome = await target.open({
        ...withToken({
          path: '/api/v1/stream/applications',
          query: narrowed(given),
          headers: { accept: 'text/event-stream' },
        }),
        signal: given.signal,
        // The headers come with the first event or keep-alive.
        timeoutMs: silenceMs,
        idleMs: silenceMs,
      })
      if (!outcome.ok) yield { kind: 'failed', failure: unreachable(outcome) }
      else if (outcome.response.status !== 200)
        yield { kind: 'failed', failure: await failed(outcome.response) }
      else yield* readWatch(outcome.response.body, masker, given.knows)
    },

    /** `refresh` makes Argo CD compare again and answers afterwards, which may take a minute. */
    async get(
      ref: ApplicationRef,
      given: { refresh?: 'normal' | 'hard'; timeoutMs?: number } = {},
    ): Promise<ArgoResult<ObservedApplication>> {
      const query: [string, string][] = [
        ...where(ref),
        ...(given.refresh ? [['refresh', given.refresh] as [string, string]] : []),
      ]
      const timeoutMs = given.timeoutMs ?? (given.refresh ? 60_000 : undefined)
      const answer = await ask(schema.anySchema, {
        path: pathOf(ref),
        query,
        ...(timeoutMs ? { timeoutMs } : {}),
      })
      if (!answer.ok) return answer
      const observation = observe(answer.value, masker)
      return observation.ok
        ? { ok: true, value: observation.application }
        : notUnderstood(observation.problem)
    },

    /** The rendered manifests of exactly these revisions, one per source. `noCache` renders anew. */
    async manifests(
      ref: ApplicationRef,
      revisions: string[],
      given: { multiSource?: boolean; noCache?: boolean } = {},
    ): Promise<ArgoResult<JsonObject[]>> {
      const several = given.multiSource ?? revisions.length > 1
      const pinned: [string, string][] = several
        ? revisions.flatMap((revision, i): [string, string][] => [
            ['sourcePositions', `${i + 1}`],
            ['revisions', revision],
          ])
        : [['revision', revisions[0] ?? '']]
      const answer = await ask(schema.manifestsSchema, {
        path: pathOf(ref, '/manifests'),
        query: [
          ...where(ref),
          ...pinned,
          ...(given.noCache ? [['noCache', 'true'] as [string, string]] : []),
        ],
        timeoutMs: 60_000,
        bytesMax: manifestBytesMax,
      })
      if (!answer.ok) return answer
      const manifests: JsonObject[] = []
      for (const text of answer.value.manifests) {
        const parsed = parseManifest(text)
        if (!parsed.ok) return notUnderstood(`a manifest is ${parsed.problem}`)
        manifests.push(masker.manifest(parsed.manifest))
      }
      return { ok: true, value: manifests }
    },

    /**
     * The objects of the last comparison. An empty list proves nothing: an application that never compared
     * answers with one as well.
     */
    async managedResources(ref: ApplicationRef): Promise<ArgoResult<ManagedObject[]>> {
      const answer = await ask(schema.managedResourcesSchema, {
        path: pathOf(ref, '/managed-resources'),
        query: where(ref),
        timeoutMs: 60_000,
        bytesMax: manifestBytesMax * 4,
      })
      if (!answer.ok) return answer
      const objects: ManagedObject[] = []
      for (const raw of answer.value.items) {
        const object = managedObject(raw, masker)
        if (!object.ok) return notUnderstood(object.problem)
        objects.push(object.value)
      }
      return { ok: true, value: objects }
    },

    /** What a revision of one source means: author, date, message, tags. `sourceIndex` counts from 0. */
    async revisionMetadata(
      ref: ApplicationRef,
      revision: string,
      sourceIndex?: number,
    ): Promise<ArgoResult<schema.RevisionMetadata>> {
      const position: [string, string][] =
        sourceIndex === undefined ? [] : [['sourceIndex', `${sourceIndex}`]]
      const answer = await ask(schema.revisionMetadataSchema, {
        path: pathOf(ref, `/revisions/${e(revision)}/metadata`),
        query: [...where(ref), ...position],
      })
      if (!answer.ok) return answer
      return { ok: true, value: { ...answer.value, message: masker.text(answer.value.message ?? '') } }
    },

    syncWindows: (ref: ApplicationRef): Promise<ArgoResult<schema.SyncWindows>> =>
      ask(schema.syncWindowsSchema, { path: pathOf(ref, '/syncwindows'), query: where(ref) }),

    /** One POST on a connection of its own, never repeated. The outcome tells what is known for certain. */
    async sync(
      ref: ApplicationRef,
      body: SyncBody,
      given: { timeoutMs?: number } = {},
    ): Promise<SyncOutcome> {
      const outcome = await target.send(
        withToken({
          method: 'POST',
          path: pathOf(ref, '/sync'),
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
          timeoutMs: given.timeoutMs ?? 15_000,
          fresh: true,
        }),
      )
      return classifySyncReply(outcome, masker)
    },

    /** Asks for an end. `asked` proves nothing: the sync may still succeed and enter the history. */
    async terminate(ref: ApplicationRef): Promise<ArgoResult<'asked' | 'nothing-running'>> {
      const answer = await ask(schema.anySchema, {
        method: 'DELETE',
        path: pathOf(ref, '/operation'),
        query: where(ref),
        headers: { 'content-type': 'application/json' },
      })
      if (answer.ok) return { ok: true, value: 'asked' }
      const nothing = answer.code === 3 && answer.message.includes('No operation is in progress')
      return nothing ? { ok: true, value: 'nothing-running' } : answer
    },
  }

  /** The body of an answer that is no list, at most its first 64 KiB. */
  async function failed(response: { status: number; body: AsyncIterable<Uint8Array> }) {
    const parts: Uint8Array[] = []
    let bytes = 0
    try {
      for await (const part of response.body) {
        parts.push(part)
        bytes += part.length
        if (bytes > 64 << 10) break
      }
    } catch {
      // The status alone says enough.
    }
    return failureOf(response.status, Buffer.concat(parts), masker)
  }
}
