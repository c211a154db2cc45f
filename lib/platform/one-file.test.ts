import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { oneFile } from './one-file.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-one-file-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

it('makes one program of modules that import each other, whatever they call their own things', async () => {
  const files = {
    'main.ts': `import { join as glue } from 'node:path'\nimport { text as said, type Kind } from './a.ts'\nimport { text } from './b.ts'\nconst kind: Kind = 'k'\nconsole.log(glue(said(), text(), kind))\n`,
    'a.ts': `import { Base } from './b.ts'\nexport type Kind = 'k'\nconst own = 'a'\nexport class More extends Base {}\nexport const text = (): string => own + new More().name()\n`,
    'b.ts': `const own = 'b'\nexport class Base {\n  name(): string {\n    return own\n  }\n}\nexport async function* each(): AsyncGenerator<string> {\n  yield own\n}\nexport function text(): string {\n  return own\n}\n`,
    'package.ts': `import { z } from 'zod'\nconsole.log(z)\n`,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  const program = oneFile(dir, 'main.ts', '// banner')
  await writeFile(join(dir, 'program.mjs'), program)
  const { stdout } = await promisify(execFile)(process.execPath, [join(dir, 'program.mjs')])
  expect(stdout).toBe('ab/b/k\n')
  expect(program).toMatch(/^\/\/ banner\n/)
  expect(() => oneFile(dir, 'package.ts', '')).toThrow('package.ts imports zod: a package does not fit')
})
