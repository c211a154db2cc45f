import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createMasker } from '#lib/manifests/mask.ts'
import type { HttpOutcome } from '#lib/platform/http.ts'
import { type ObservedApplication, observe } from './application.ts'
import { classifySyncReply } from './sync-reply.ts'
import { buildSyncBody, checkEcho, infoNames, type SyncPlan } from './sync-request.ts'

const recordings = new URL('../../sandbox/recordings/argocd/', import.meta.url)
const recorded = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, recordings), 'utf8'))
const masker = createMasker('test')
const intent = { release: 'rel_1', token: 'tok_1', approvers: ['per_a', 'per_b'] }

function echoOf(
  name: string,
  change: (raw: ReturnType<typeof recorded>) => void = () => {},
): ObservedApplication {
  const raw = recorded(name).response.body
  raw.operation.info = buildSyncBody(planOf(name), intent).infos
  change(raw)
  const observation = observe(raw, masker)
  if (!observation.ok) throw new Error(observation.problem)
  return observation.application
}
function planOf(name: string): SyncPlan {
  const raw = recorded(name).response.body
  const observation = observe(raw, masker)
  if (!observation.ok) throw new Error(observation.problem)
  const { key, uid, project, destination, sources, multiSource, sync } = observation.application
  return {
    key,
    uid,
    project,
    destination,
    sources,
    multiSource,
    revisions: sync.revisions,
    prune: false,
    syncOptions: [],
    strategy: 'hook',
  }
}

describe('the body', () => {
  it('pins one source by its revision and leaves nothing to the application', () => {
    const plan = planOf('sync/accepted-pinned')
    expect(buildSyncBody({ ...plan, syncOptions: ['CreateNamespace=true'] }, intent)).toEqual({
      project: 'shop',
      appNamespace: 'argocd',
      revision: '46eb0c9b209a2b4ff6189ae1a9028de79a4437d1',
      dryRun: false,
      prune: false,
      strategy: { hook: {} },
      syncOptions: { items: ['CreateNamespace=true'] },
      retryStrategy: { limit: 0, refresh: false },
      infos: [
        { name: infoNames.release, value: 'rel_1' },
        { name: infoNames.token, value: 'tok_1' },
        { name: infoNames.approvers, value: 'per_a, per_b' },
      ],
    })
  })

  it('pins several sources by position, as numbers, as Argo CD took it', () => {
    const body = buildSyncBody(planOf('sync/accepted-pinned-multi-source'), intent)
    const { sourcePositions, revisions } = recorded('sync/accepted-pinned-multi-source').request.body
    expect([body.sourcePositions, body.revisions, body.revision]).toEqual([
      sourcePositions,
      revisions,
      undefined,
    ])
  })

  it('uses positions even for a list of one source', () => {
    const plan = { ...planOf('sync/accepted-pinned'), multiSource: true }
    expect(buildSyncBody(plan, intent)).toMatchObject({ sourcePositions: [1], revisions: plan.revisions })
  })

  it.each([[[]], [['a']], [['a', 'b', 'c']], [['a', '']]])('refuses %j for two sources', (revisions) => {
    expect(() =>
      buildSyncBody({ ...planOf('sync/accepted-pinned-multi-source'), revisions }, intent),
    ).toThrow('for 2 sources')
  })
})

describe('the echo', () => {
  const single = 'sync/accepted-pinned'
  const multi = 'sync/accepted-pinned-multi-source'

  it.each([single, multi])('of %s matches, with retry echoed as {}', (name) => {
    expect(checkEcho(echoOf(name), planOf(name), intent)).toEqual([])
  })

  it('still matches on later observations of the operation', () => {
    const plan = planOf(single)
    const later = observe(
      (() => {
        const raw = recorded('sync/after-pinned').response.body
        raw.status.operationState.operation.info = buildSyncBody(plan, intent).infos
        return raw
      })(),
      masker,
    )
    expect(later.ok && checkEcho(later.application, plan, intent)).toEqual([])
  })

  it('tells that a mistyped field was ignored', () => {
    const plan = planOf(single)
    const raw = recorded('sync/typo-in-field-name-is-ignored').response.body
    const observation = observe(raw, masker)
    const fields = observation.ok
      ? checkEcho(
          observation.application,
          { ...plan, key: observation.application.key, uid: observation.application.uid },
          intent,
        ).map((each) => each.field)
      : []
    expect(fields).toContain(infoNames.token)
  })

  it.each<[string, (raw: ReturnType<typeof recorded>) => void]>([
    [
      'revisions',
      (raw) => {
        raw.operation.sync.revision = 'f'.repeat(40)
      },
    ],
    [
      'sources',
      (raw) => {
        raw.operation.sync.source.path = 'elsewhere'
      },
    ],
    [
      'sources',
      (raw) => {
        raw.operation.sync.source.helm = { parameters: [{ name: 'x', value: 'y' }] }
      },
    ],
    [
      'prune',
      (raw) => {
        raw.operation.sync.prune = true
      },
    ],
    [
      'dry run',
      (raw) => {
        raw.operation.sync.dryRun = true
      },
    ],
    [
      'partial',
      (raw) => {
        raw.operation.sync.resources = [{ kind: 'A', name: 'b' }]
      },
    ],
    [
      'local manifests',
      (raw) => {
        raw.operation.sync.manifests = ['{}']
      },
    ],
    [
      'sync options',
      (raw) => {
        raw.operation.sync.syncOptions = ['Force=true']
      },
    ],
    [
      'strategy',
      (raw) => {
        raw.operation.sync.syncStrategy = { apply: {} }
      },
    ],
    [
      'retry limit',
      (raw) => {
        raw.operation.retry = { limit: 5 }
      },
    ],
    [
      'retry refresh',
      (raw) => {
        raw.operation.retry = { refresh: true }
      },
    ],
    [
      'uid',
      (raw) => {
        raw.metadata.uid = 'other'
      },
    ],
    [
      'project',
      (raw) => {
        raw.spec.project = 'other'
      },
    ],
    [
      'destination',
      (raw) => {
        raw.spec.destination.namespace = 'other'
      },
    ],
    [
      infoNames.token,
      (raw) => {
        raw.operation.info[1].value = 'other'
      },
    ],
    [
      infoNames.token,
      (raw) => {
        raw.operation.info.push({ name: infoNames.token, value: 'other' })
      },
    ],
    [
      'operation',
      (raw) => {
        delete raw.operation
      },
    ],
  ])('differs in %s', (field, change) => {
    expect(checkEcho(echoOf(single, change), planOf(single), intent).map((each) => each.field)).toEqual([
      field,
    ])
  })
})

describe('classification of replies', () => {
  const reply = (status: number, body: unknown): HttpOutcome => ({
    ok: true,
    response: {
      status,
      headers: {},
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    },
  })

  it('reads every recorded acceptance as accepted', () => {
    const names = readdirSync(new URL('sync', recordings)).filter((file) =>
      /^accepted|^typo|^dry-run-accepted/.test(file),
    )
    expect(names.length).toBeGreaterThan(8)
    for (const file of names) {
      const { response } = recorded(`sync/${file.replace('.json', '')}`)
      expect(classifySyncReply(reply(response.status, response.body), masker)).toMatchObject({
        outcome: 'accepted',
        application: { operation: { inFlight: true } },
      })
    }
  })

  it.each([
    ['refused-another-operation', 'busy'],
    ['refused-auto-sync-other-revision', 'refused'],
    ['refused-by-window', 'refused'],
    ['refused-content-type', 'refused'],
    ['refused-malformed-json', 'refused'],
    ['refused-no-permission', 'refused'],
    ['refused-source-positions-as-strings', 'refused'],
    ['refused-unknown-app', 'refused'],
    ['refused-unknown-branch', 'refused'],
    ['refused-wrong-type', 'refused'],
  ])('%s is %s', (name, outcome) => {
    const { response } = recorded(`sync/${name}`)
    expect(classifySyncReply(reply(response.status, response.body), masker).outcome).toBe(outcome)
  })

  it.each([
    ['401', 401, { error: 'x', code: 16 }, 'refused'],
    ['404 as text', 404, 'Not Found', 'refused'],
    ['429', 429, { error: 'x', code: 8 }, 'refused'],
    ['500', 500, { error: 'x', code: 2 }, 'ambiguous'],
    ['502 of a proxy', 502, '<html>', 'ambiguous'],
    ['503', 503, { error: 'x', code: 14 }, 'ambiguous'],
    ['409', 409, { error: 'x', code: 10 }, 'ambiguous'],
    ['400 without a code', 400, '<html>', 'ambiguous'],
    ['400 code 9 of an unknown kind', 400, { error: 'something else', code: 9 }, 'ambiguous'],
    ['200 with half a body', 200, '{"metadata":{"name":"x"', 'ambiguous'],
    ['200 with another object', 200, '{}', 'ambiguous'],
  ])('%s', (_, status, body, outcome) => {
    expect(classifySyncReply(reply(status, body), masker).outcome).toBe(outcome)
  })

  it.each([
    ['refused' as const, true, 'refused'],
    ['tls' as const, true, 'refused'],
    ['open-circuit' as const, true, 'refused'],
    ['timeout' as const, true, 'refused'],
    ['timeout' as const, false, 'ambiguous'],
    ['reset' as const, false, 'ambiguous'],
    ['too-large' as const, false, 'ambiguous'],
  ])('%s, before any byte: %s', (kind, beforeBytesSent, outcome) => {
    expect(classifySyncReply({ ok: false, kind, beforeBytesSent, message: 'x' }, masker).outcome).toBe(
      outcome,
    )
  })
})
