import { readFileSync } from 'node:fs'
import { test } from '@playwright/test'
import { Agent, fetch } from 'undici'
import { parse } from 'yaml'

/** The folder of the demo that these tests run on, see playwright.config.ts. */
export const e2eDir = (): string => test.info().project.metadata.dir

type Accepted = { application: string; body: unknown }
type Commit = { service: string; version: string; envs: string[]; message?: string; author?: 'mei' | 'jonas' }

/** The practice platform writes its addresses into the configuration of the portal; ports may have moved. */
function argoCd(): string {
  const config = parse(readFileSync(`${e2eDir()}/countersign.yaml`, 'utf8')) as {
    instances: { url: string }[]
  }
  const url = config.instances[0]?.url
  if (!url) throw new Error('countersign.yaml of the run names no instance')
  return url
}

// One connection for each: a kept one may be closed from the other side just when it is used again.
const dispatcher = new Agent({ pipelining: 0 })

async function turn<T>(method: 'GET' | 'POST' | 'DELETE', what: string, body?: unknown): Promise<T> {
  const response = await fetch(`${argoCd()}/_sandbox/${what}`, {
    method,
    dispatcher,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${what}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

/** The switches of sandbox/argocd/README.md, so that anybody can bring the same trouble about by hand. */
export const sandbox = {
  commit: (commit: Commit) => turn<{ sha: string }>('POST', 'commits', commit),
  down: () => turn('POST', 'faults', { kind: 'down' }),
  heal: () => turn('DELETE', 'faults'),
  /** A sync by somebody else, past the portal. */
  foreignSync: (application: string) => turn('POST', 'syncs', { application, username: 'jonas' }),
  /** The step of a sync that is running takes no more time. */
  haste: (application: string) => turn('POST', 'haste', { application }),
  async isBusy(application: string): Promise<boolean> {
    type State = { applications: { name: string; busy: boolean }[] }
    const { applications } = await turn<State>('GET', 'state')
    const found = applications.find(({ name }) => name === application)
    if (!found) throw new Error(`no application ${application}`)
    return found.busy
  },
  /** Syncs of this application that Argo CD has accepted from the portal, with what was sent. */
  async syncs(application: string): Promise<Accepted[]> {
    const { accepted } = await turn<{ accepted: Accepted[] }>('GET', 'requests')
    return accepted.filter((each) => each.application === application)
  },
}
