import { randomBytes } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Argo, startArgo } from '#sandbox/argocd/server.ts'
import { type Gitlab, startGitlab } from '#sandbox/gitlab/server.ts'
import { type Oidc, startOidc } from '#sandbox/oidc/server.ts'
import { type Signals, startSignals } from '#sandbox/signals/server.ts'
import { tellWebhook } from '#sandbox/signals/webhook.ts'
import { createWorld, type World, type WorldOptions } from '#sandbox/world/world.ts'
import { configuration, defaults, secretFiles } from './settings.ts'
import { workloadsOf } from './workloads.ts'
import { keptWorlds } from './world/kept.ts'

export type SandboxOptions = WorldOptions & {
  /** The systems listen on the four ports after this one; 0, the default, takes any free ports. */
  port?: number
  /** With 2 a second Argo CD, `edge`, runs a part of the same services on any free port. */
  instances?: number
  /** The portal that people come from to sign in; its whole origin may be returned to. */
  portalUrl?: string
  /** Told when somebody is signed out at the provider; absent, back-channel logout is off. */
  backchannelLogoutUri?: string
  /** Folder where the worlds are kept between two runs; absent, each run is a new world. */
  keepIn?: string
}

export type Sandbox = {
  world: World
  argoCd: Argo
  /** The second Argo CD, if one was asked for. */
  edge: Argo | undefined
  gitLab: Gitlab
  oidc: Oidc
  signals: Signals
  /** One sentence for each system that could not have the port it should have had. */
  notes: readonly string[]
  /**
   * Writes countersign.yaml and, readable by the owner only, the secrets it names into a folder, and answers with
   * the path of the file.
   */
  writeConfig: (dir: string) => Promise<string>
  close: () => Promise<void>
}

/** Starts the whole practice platform on 127.0.0.1. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const {
    port = 0,
    portalUrl = defaults.portalUrl,
    backchannelLogoutUri,
    instances = 1,
    keepIn,
    ...worldOptions
  } = options
  const kept = keepIn === undefined ? undefined : keptWorlds(keepIn)
  const world = createWorld({ ...worldOptions, saved: kept?.read('main') })
  const edge = { ...worldOptions, seed: 'edge', services: 0, besides: world }
  const edgeWorld = instances > 1 ? createWorld({ ...edge, saved: kept?.read('edge') }) : undefined
  const stopKeeping = kept?.follow({ main: world, edge: edgeWorld })
  const notes: string[] = []

  /** A taken port is no reason not to practise: take another and say so. */
  async function place<T>(name: string, offset: number, start: (port: number) => Promise<T>): Promise<T> {
    const wanted = port === 0 ? 0 : port + offset
    try {
      return await start(wanted)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
      notes.push(`Port ${wanted} is taken, so ${name} listens on another one.`)
      return start(0)
    }
  }

  const origins = [portalUrl, portalUrl.replace('//127.0.0.1', '//localhost')]
  const [argoCd, gitLab, oidc, signals, edgeArgoCd] = await Promise.all([
    place('Argo CD', 1, (at) => startArgo(world, { port: at })),
    place('GitLab', 2, (at) => startGitlab(world, { port: at })),
    place('the OpenID provider', 3, (at) =>
      startOidc({
        port: at,
        redirectUris: [...new Set(origins)].map((origin) => `${origin}/*`),
        ...(backchannelLogoutUri && { backchannelLogoutUri }),
      }),
    ),
    place('Grafana', 4, (at) =>
      startSignals({ port: at, workloads: workloadsOf(world.inner), now: world.now }),
    ),
    edgeWorld && startArgo(edgeWorld, { version: 'v3.5.2+edge' }),
  ])

  const alertsSecret = randomBytes(24).toString('base64url')
  const webhook = { url: `${portalUrl}/api/v1/alerts/webhook`, secret: alertsSecret }
  const stopTelling = tellWebhook(webhook, { workloads: workloadsOf(world.inner), now: world.now })

  return {
    world,
    argoCd,
    edge: edgeArgoCd,
    gitLab,
    oidc,
    signals,
    notes,
    async writeConfig(dir) {
      await mkdir(dir, { recursive: true })
      const file = join(dir, 'countersign.yaml')
      const { metrics, metricsUi, logs, alerts, grafana } = signals
      const { issuer, clientId } = oidc
      const at = {
        portalUrl,
        argoCd: argoCd.url,
        edge: edgeArgoCd?.url,
        gitLab: gitLab.url,
        issuer,
        clientId,
      }
      await writeFile(file, configuration({ ...at, metrics, metricsUi, logs, alerts, grafana }))
      await writeSecret(join(dir, secretFiles.argoCd), argoCd.tokens.countersign)
      if (edgeArgoCd) await writeSecret(join(dir, secretFiles.edge), edgeArgoCd.tokens.countersign)
      await writeSecret(join(dir, secretFiles.gitLab), gitLab.token)
      await writeSecret(join(dir, secretFiles.oidc), oidc.clientSecret)
      await writeSecret(join(dir, secretFiles.alerts), alertsSecret)
      return file
    },
    async close() {
      stopKeeping?.()
      stopTelling()
      world.close()
      edgeWorld?.close()
      await Promise.all([edgeArgoCd?.close(), argoCd.close(), gitLab.close(), oidc.close(), signals.close()])
    },
  }
}

async function writeSecret(path: string, value: string): Promise<void> {
  await writeFile(path, value, { mode: 0o600 })
  // The mode above counts only for a new file.
  await chmod(path, 0o600)
}
