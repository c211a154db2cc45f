import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { foreignSecretVariables, loadConfig, parseConfig } from './config.ts'
import { problemsText } from './config-problems.ts'
import { configJsonSchema } from './config-schema.ts'

const deploy = (name: string) => readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8')

const minimal = `instances:
  - { name: main, url: https://argocd.example.com, token: { env: ARGOCD_TOKEN } }
access:
  issuer: https://sso.example.com/realms/acme
  clientSecret: { file: ./oidc.secret }
`

function parsed(text: string) {
  const result = parseConfig(text, '/etc/countersign/countersign.yaml')
  if (!result.ok) throw new Error(problemsText(result.refusal))
  return result.value.config
}

function problems(text: string): string[] {
  const result = parseConfig(text, 'countersign.yaml')
  return result.ok ? [] : problemsText(result.refusal).split('\n')
}

describe('a right configuration', () => {
  test('needs an Argo CD and a sign-in, and gets defaults for the rest', () => {
    const config = parsed(minimal)
    expect(config.url).toBe('http://127.0.0.1:4000')
    expect(config.instances[0]).toMatchObject({ webUrl: 'https://argocd.example.com', sweepEveryMs: 180_000 })
    expect(config.catalog.environments.map((e) => [e.name, e.protected])).toEqual([
      ['dev', false],
      ['staging', false],
      ['prod', true],
    ])
    expect(config.access).toMatchObject({ clientId: 'countersign', groupsClaim: 'groups', grants: [] })
    expect(config.policies).toEqual([])
  })

  test('takes paths as relative to the file, and durations in milliseconds', () => {
    const config = parsed(`${minimal}policies: [{ environments: [prod], expiresAfter: 90s }]\n`)
    expect(config.access.clientSecret).toEqual({ file: '/etc/countersign/oidc.secret' })
    expect(config.database.embeddedDir).toBe('/etc/countersign/.countersign/postgres')
    expect(config.policies[0]).toMatchObject({ approvals: 2, expiresAfterMs: 90_000, ticket: 'optional' })
  })

  test('may leave blocks empty', () => {
    expect(problems(`${minimal}signals:\npolicies:\ncatalog:\n  rules:\n`)).toEqual([])
  })

  test('is what the example shows, as it stands and with every comment taken away', () => {
    const example = deploy('countersign.example.yaml')
    expect(problems(example)).toEqual([])
    // Options are commented as `# key: …`, `# - key: …` at their place; explanations hold no such line.
    const full = example.replace(
      /^( *)# ((?: *- | {2,})?[A-Za-z]+: ?.*)$/gm,
      (line, indent: string, option: string) =>
        /^(token|label, |role|admin): /.test(option.trim()) && !option.includes('gitlab')
          ? line
          : indent + option,
    )
    expect(problems(full)).toEqual([])
    expect(parsed(full).signals.grafana?.dashboard?.uid).toBe('service-overview')
    for (const key of JSON.stringify(configJsonSchema()).matchAll(/"properties":\{(.*?)\}/g)) {
      const name = key[1]?.match(/^"(\w+)"/)?.[1] ?? ''
      expect(example, `the example does not show ${name}`).toContain(`${name}:`)
    }
  })

  test('is what the README shows, its pieces put together', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const pieces = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1] ?? '')
    const ours = pieces.filter((piece) => /^(url|instances|catalog|access|policies):/.test(piece))
    expect(ours).toHaveLength(4)
    expect(problems(ours.join('\n'))).toEqual([])
  })

  test('has a published JSON Schema that is up to date', () => {
    expect(JSON.parse(deploy('countersign.schema.json')), 'run: node deploy/write-schema.ts').toEqual(
      configJsonSchema(),
    )
  })
})

describe('a wrong configuration', () => {
  test('is told with file, line, path, what was found and what is allowed, all at once', () => {
    const text = `url: countersign
instances:
  - name: main
    url: argocd
    tokn: { file: x }
    sweepEvery: soon
  - name: main
    url: https://other.example.com
    token: { file: y }
catalog:
  environments: [{ name: dev }, { name: prod, protected: yes please }]
  rules: nothing
access:
  issuer: https://sso.example.com
  clientSecret: hunter2-very-secret
  grants: [{ group: /a, role: aprover, environments: [qa] }]
policies:
  - { environments: [prd], approvals: 0 }
`
    expect(problems(text)).toMatchInlineSnapshot(`
      [
        "countersign.yaml:1:6  url: found "countersign"; allowed: an address without a path, such as https://countersign.example.com",
        "countersign.yaml:3:5  instances[0].token: found nothing; allowed: a secret by file, { file: ./name.secret }, or by environment variable, { env: NAME }; never the secret itself",
        "countersign.yaml:4:10  instances[0].url: found "argocd"; allowed: an address such as https://argocd.example.com, without user name, password or query",
        "countersign.yaml:5:5  instances[0].tokn: found an unknown key, did you mean token?; allowed: name, url, webUrl, token, caBundle, sweepEvery",
        "countersign.yaml:6:17  instances[0].sweepEvery: found "soon"; allowed: a duration such as 90s, 15m, 24h or 7d",
        "countersign.yaml:7:11  instances[1].name: found "main"; allowed: a name that no other instance has; instances[0] has it already",
        "countersign.yaml:11:58  catalog.environments[1].protected: found "yes please"; allowed: true or false",
        "countersign.yaml:12:10  catalog.rules: found "nothing"; allowed: a list",
        "countersign.yaml:15:17  access.clientSecret: found something else, not repeated here; allowed: a secret by file, { file: ./name.secret }, or by environment variable, { env: NAME }; never the secret itself",
        "countersign.yaml:16:31  access.grants[0].role: found "aprover"; allowed: viewer, developer, approver, auditor, manager, break-glass, admin",
        "countersign.yaml:16:55  access.grants[0].environments[0]: found "qa"; allowed: an environment of catalog.environments: dev, prod",
        "countersign.yaml:18:22  policies[0].environments[0]: found "prd"; allowed: an environment of catalog.environments: dev, prod",
        "countersign.yaml:18:39  policies[0].approvals: found 0 (a number); allowed: a number from 1 to 9",
      ]
    `)
    expect(problems(text).join()).not.toContain('hunter2')
  })

  const rule = (lines: string) =>
    `${minimal}catalog:\n  rules:\n    - ${lines.split('\n').join('\n      ')}\n`
  test.each([
    ['an empty file', '', /countersign\.yaml:1:1 {2}\(top\): found nothing; allowed: a block with url, /],
    ['a list', '- a', /\(top\): found a list of 1/],
    ['broken YAML', 'url: [a', /:1:8 {2}\(syntax\)/],
    ['a key twice', `${minimal}access: {}\n`, /:6:1 {2}\(syntax\): found Map keys must be unique/],
    [
      'no Argo CD',
      minimal.replace(/instances:\n.*\n/, 'instances: []\n'),
      /instances: found a list of 0; allowed: at least one Argo CD/,
    ],
    [
      'a password in an address',
      `${minimal}url: https://jonas:pw@countersign.example.com\n`,
      /found "https:\/\/…@countersign/,
    ],
    [
      'no protected environment',
      `${minimal}catalog: { environments: [{ name: dev }] }\n`,
      /no protected environment; allowed: at least one with protected: true/,
    ],
    [
      'a secret as a number',
      minimal.replace('{ file: ./oidc.secret }', '123456'),
      /clientSecret: found something else, not repeated here; allowed: a secret by file/,
    ],
    [
      'a token as a variable name',
      minimal.replace('ARGOCD_TOKEN', 'eyJh.bGci.Oi'),
      /token\.env: found something else, not repeated here/,
    ],
    [
      'a condition of nothing',
      rule("name: a\nwhen: {}\nservice: 'x'\nenvironment: prod"),
      /rules\[0\]\.when: found a block with no keys; allowed: at least one of/,
    ],
    [
      'a backtracking pattern',
      rule("name: a\nwhen: { name: '(?=x)(?<s>.*)' }\nservice: '{name:s}'\nenvironment: prod"),
      /:9:\d+ {2}catalog\.rules\[0\]\.when\.name: .*without look-around/,
    ],
    [
      'a group that is not there',
      rule("name: a\nwhen: { name: '^(?<s>.*)$' }\nservice: '{name:service}'\nenvironment: prod"),
      /rules\[0\]\.service: .*allowed: a group of when\.name: s$/,
    ],
    [
      'an unknown reference',
      rule("name: a\nwhen: { project: a }\nservice: '{lable:x}'\nenvironment: prod"),
      /rules\[0\]\.service: found "\{lable:x\}"; allowed: references to label, /,
    ],
    [
      'an open brace',
      rule("name: a\nwhen: { project: a }\nservice: '{label'\nenvironment: prod"),
      /every \{ opens a reference/,
    ],
    [
      'a policy that another hides',
      `${minimal}policies: [{ environments: [prod] }, { environments: [prod], services: [pay], approvals: 3 }]\n`,
      /policies\[1\]: found a policy that never applies; allowed: a place before policies\[0\]/,
    ],
    [
      'one group twice',
      `${minimal}policies: [{ environments: [prod], groups: [{ group: /a }, { group: /a, count: 2 }] }]\n`,
      /policies\[0\]\.groups\[1\]\.group: found "\/a"; allowed: each group once/,
    ],
    [
      'one group twice for going back',
      `${minimal}policies: [{ environments: [prod], rollback: { groups: [{ group: /a }, { group: /a }] } }]\n`,
      /policies\[0\]\.rollback\.groups\[1\]\.group: found "\/a"; allowed: each group once/,
    ],
  ])('%s', (_, text, expected) => {
    expect(problems(text).join('\n')).toMatch(expected)
  })
})

describe('secrets and surroundings', () => {
  function folder(files: Record<string, string>) {
    const dir = mkdtempSync(join(tmpdir(), 'countersign-config-'))
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(dir, name), content, { mode: 0o600 })
    return { dir, env: { COUNTERSIGN_CONFIG: join(dir, 'countersign.yaml') } }
  }
  const messageOf = (act: () => unknown) => {
    try {
      act()
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }

  test('each process checks only the secrets that it needs', () => {
    const { env } = folder({ 'countersign.yaml': minimal, 'oidc.secret': 's' })
    expect(loadConfig('web', env).access.clientSecret).toMatchObject({
      file: expect.stringContaining('oidc.secret'),
    })
    expect(messageOf(() => loadConfig('worker', env))).toMatch(
      /instances\[0\]\.token: .*ARGOCD_TOKEN is not set/,
    )
    expect(loadConfig('worker', { ...env, ARGOCD_TOKEN: 't' }).instances).toHaveLength(1)
  })

  test('the web does not start with an Argo CD token in its environment', () => {
    const { env } = folder({ 'countersign.yaml': minimal, 'oidc.secret': 's' })
    expect(messageOf(() => loadConfig('web', { ...env, ARGOCD_TOKEN: 't' }))).toMatch(
      /countersign\.yaml:2:\d+ {2}instances\[0\]\.token: found ARGOCD_TOKEN in the environment of the web process/,
    )
    expect(foreignSecretVariables(parsed(minimal), 'web')).toEqual(['ARGOCD_TOKEN'])
    expect(foreignSecretVariables(parsed(minimal), 'worker')).toEqual([])
  })

  test('the tokens of anchors are for the signer alone, who starts without them', () => {
    const text = `${minimal}anchors:
  - { kind: git, url: https://gitlab.example.com, project: a/b, token: { env: GIT_ANCHOR } }
  - { kind: victorialogs, url: https://logs.example.com, token: { env: LOGS_ANCHOR } }
`
    const tokens = ['GIT_ANCHOR', 'LOGS_ANCHOR']
    expect(foreignSecretVariables(parsed(text), 'web')).toEqual(['ARGOCD_TOKEN', ...tokens])
    expect(foreignSecretVariables(parsed(text), 'worker')).toEqual(tokens)
    expect(foreignSecretVariables(parsed(text), 'signer')).toEqual(['ARGOCD_TOKEN'])
    const { env } = folder({ 'countersign.yaml': text })
    expect(loadConfig('signer', env).anchors).toHaveLength(2)
    expect(messageOf(() => loadConfig('tool', env))).toMatch(/anchors\[1\]\.token: .*LOGS_ANCHOR is not set/)
  })

  test('anchors: each kind has its own parts, and the key of a witness fits its id', () => {
    const at = (anchor: string) => problems(`${minimal}anchors:\n  - ${anchor}\n`).join()
    const vkey = 'witness.example.com/audit+c39d42e9+BFlsbifJax859QRVvJG94Ht6JD1Yd+fQQZMEvmrUjf8B'
    const witness = (key: string) => at(`{ kind: witness, url: https://w.example.com, vkey: ${key} }`)
    expect(witness(vkey)).toBe('')
    expect(witness(vkey.replace('audit', 'other'))).toMatch(/anchors\[0\]\.vkey: .*name\+id\+key/)
    expect(at('{ kind: witness, url: https://w.example.com }')).toMatch(/anchors\[0\]\.vkey: found nothing/)
    expect(at('{ kind: file, path: a, url: https://w.example.com }')).toMatch(/anchors\[0\]/)
    expect(at('{ kind: fax, path: a }')).toMatch(/anchors\[0\]\.kind: found "fax"/)
  })

  test('a secret file that everyone can read, an empty one and a missing one are refused', () => {
    const { dir, env } = folder({ 'countersign.yaml': minimal, 'oidc.secret': 's' })
    chmodSync(join(dir, 'oidc.secret'), 0o644)
    expect(messageOf(() => loadConfig('web', env))).toMatch(/oidc\.secret can be read by everyone/)
    expect(
      messageOf(() => loadConfig('web', folder({ 'countersign.yaml': minimal, 'oidc.secret': '\n' }).env)),
    ).toMatch(/is empty/)
    expect(messageOf(() => loadConfig('web', folder({ 'countersign.yaml': minimal }).env))).toMatch(
      /does not exist/,
    )
  })

  test('a missing file says what to do', () => {
    expect(messageOf(() => loadConfig('tool', { COUNTERSIGN_CONFIG: '/nowhere/countersign.yaml' }))).toBe(
      'There is no /nowhere/countersign.yaml. Copy deploy/countersign.example.yaml to countersign.yaml and adapt it, or name another file in COUNTERSIGN_CONFIG.',
    )
  })
})
