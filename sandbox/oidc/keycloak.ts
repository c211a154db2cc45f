import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Submit } from './browser.ts'
import { realm } from './keycloak-realm.ts'
import type { Provider } from './sign-in-contract.ts'

const run = promisify(execFile)
const version = '26.7.3'
const startLimitMs = 240_000

export type Tools = { javaHome: string; mvn: string }

/** What a real Keycloak needs on this machine, or one sentence saying what is missing. */
export function findTools(): Tools | { missing: string } {
  const homes = [process.env.JAVA_HOME ?? '', ...globSync(['/usr/lib/jvm/*', '/opt/*', '/opt/java/*'])]
  const javaHome = homes.find((home) => existsSync(join(home, 'bin/jar')) && majorVersion(home) >= 21)
  const mvn = (process.env.PATH ?? '')
    .split(delimiter)
    .map((dir) => join(dir, 'mvn'))
    .find(existsSync)
  if (!javaHome) return { missing: 'no JDK 21 or newer in JAVA_HOME, /usr/lib/jvm or /opt' }
  if (!mvn) return { missing: 'no mvn in PATH to fetch Keycloak with' }
  return { javaHome, mvn }
}

function majorVersion(javaHome: string): number {
  const release = join(javaHome, 'release')
  if (!existsSync(release)) return 0
  return Number(/JAVA_VERSION="(\d+)/.exec(readFileSync(release, 'utf8'))?.[1] ?? 0)
}

/** Starts Keycloak from Maven Central on a free port, with a realm of the demo people. First time: about 180 MB. */
export async function startKeycloak(tools: Tools, cacheDir: string, origin: string): Promise<Provider> {
  const home = await unpacked(tools, cacheDir)
  const port = await freePort()
  const secrets = { client: secret(), person: secret(), admin: secret() }
  mkdirSync(join(home, 'data/import'), { recursive: true })
  writeFileSync(join(home, 'data/import/acme.json'), JSON.stringify(realm(origin, secrets)), { mode: 0o600 })

  const base = `http://127.0.0.1:${port}`
  const args = ['start-dev', '--import-realm', '--db=dev-mem', '--http-host=127.0.0.1', `--http-port=${port}`]
  const keycloak = spawn('bash', [join(home, 'bin/kc.sh'), ...args, `--hostname=${base}`], {
    // Its own group, so that the JVM below the script can be ended too.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      JAVA_HOME: tools.javaHome,
      // It lives for a minute: compiling its code well costs more than it brings.
      JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
      KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
      KC_BOOTSTRAP_ADMIN_PASSWORD: secrets.admin,
    },
  })
  let output = ''
  keycloak.stdout.on('data', (chunk) => (output += chunk))
  keycloak.stderr.on('data', (chunk) => (output += chunk))
  const ended = new Promise<void>((resolve) => keycloak.once('exit', () => resolve()))
  const kill = () => {
    if (keycloak.exitCode === null && keycloak.signalCode === null && keycloak.pid)
      process.kill(-keycloak.pid, 'SIGKILL')
  }
  process.once('exit', kill)
  const close = async () => {
    kill()
    process.off('exit', kill)
    await ended
  }

  const issuer = `${base}/realms/acme`
  const deadline = Date.now() + startLimitMs
  while (!(await answers(`${issuer}/.well-known/openid-configuration`))) {
    if (keycloak.exitCode !== null || Date.now() > deadline) {
      await close()
      throw new Error(`Keycloak did not start:\n${output.slice(-3000)}`)
    }
    await pause(200)
  }
  return {
    issuer,
    clientId: 'countersign',
    clientSecret: secrets.client,
    submit: typePassword(secrets.person),
    nextSecond: () => pause(1000 - (Date.now() % 1000) + 5),
    disable: (personId) => disable(base, secrets.admin, personId),
    close,
  }
}

async function unpacked(tools: Tools, cacheDir: string): Promise<string> {
  const home = join(cacheDir, `keycloak-${version}`)
  if (existsSync(join(home, 'bin/kc.sh'))) return home
  mkdirSync(cacheDir, { recursive: true })
  const zip = join(cacheDir, `keycloak-quarkus-dist-${version}.zip`)
  if (!existsSync(zip)) {
    const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:zip`
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'
    const args = ['-q', '-B', goal, `-Dartifact=${artifact}`, `-DoutputDirectory=${cacheDir}`]
    await run(tools.mvn, args, { cwd: cacheDir })
  }
  await run(join(tools.javaHome, 'bin/jar'), ['xf', zip], { cwd: cacheDir })
  return home
}

/** How a person answers Keycloak's form. When it asks again it leaves the name out: the person is fixed. */
function typePassword(password: string): Submit {
  return (page, personId) => {
    const action = /<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"/.exec(page.html)?.[1]
    if (!action) throw new Error(`no sign-in form on ${page.url.href}: ${page.html.slice(0, 300)}`)
    const form = new URLSearchParams({ username: personId, password, credentialId: '' })
    return { action: new URL(action.replaceAll('&amp;', '&'), page.url), form }
  }
}

async function disable(base: string, adminPassword: string, personId: string): Promise<void> {
  const signIn = await fetch(`${base}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      username: 'admin',
      password: adminPassword,
    }),
  })
  const { access_token } = (await signIn.json()) as { access_token: string }
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
  const users = `${base}/admin/realms/acme/users`
  const [person] = (await (await fetch(`${users}?exact=true&username=${personId}`, { headers })).json()) as {
    id: string
  }[]
  const body = JSON.stringify({ enabled: false })
  const answer = await fetch(`${users}/${person?.id}`, { method: 'PUT', headers, body })
  if (!answer.ok) throw new Error(`Keycloak did not disable ${personId}: ${answer.status}`)
}

const secret = () => randomBytes(18).toString('base64url')

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  )
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
