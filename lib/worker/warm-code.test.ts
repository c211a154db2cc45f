import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeEach, expect, test } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'countersign-warm-'))
afterAll(() => rmSync(dir, { recursive: true }))
const kept = join(dir, 'cache', 'warm')
const warmCode = pathToFileURL(join(import.meta.dirname, 'warm-code.ts')).href

const add = (name: string, text: string) => writeFileSync(join(dir, name), text)
const main = `const { one } = require('./one.cjs')
module.exports = [one(), require('./data.json').value, this === exports, module.id === __filename, require.main?.filename,
  require.resolve('./one.cjs') === __dirname + '/one.cjs', require.cache[__filename] === module]
module.exports.later = () => import('./two.mjs').then(({ two }) => two)
module.exports.where = () => { try { null.x } catch (error) { return /main.cjs:\\d+:\\d+/.exec(error.stack)[0] } }; try { null.y } catch (error) { module.exports.top = /main.cjs:\\d+:\\d+/.exec(error.stack)[0] }`

beforeEach(() => {
  rmSync(join(dir, 'cache'), { recursive: true, force: true })
  add(
    'one.cjs',
    'exports.one = () => 1; var first = (() => { try { null.z } catch (e) { return e.stack } })(); exports.at = /one.cjs:\\d+:\\d+/.exec(first)[0]',
  )
  add('two.mjs', 'export const two = 2')
  add('data.json', '{ "value": 3 }')
  add('main.cjs', main)
  add(
    'begin.mjs',
    `import { createRequire } from 'node:module'
    const warm = process.argv[2] ? (await import(${JSON.stringify(warmCode)})).startWarm(process.argv[2]) : undefined
    const found = createRequire(import.meta.url)('./main.cjs')
    const { at } = createRequire(import.meta.url)('./one.cjs')
    const module = createRequire(import.meta.url)('./two.mjs').two
    console.log(JSON.stringify([...found, found.top, found.where(), at, await found.later(), module]))
    console.error(warm?.hasNew())
    warm?.keep()`,
  )
})

/** What the modules say of themselves, and whether any of them had to be compiled. */
function begin(file: string) {
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', join(dir, 'begin.mjs'), file], {
    encoding: 'utf8',
    env: { NODE_ENV: 'test' },
  })
  return { said: stdout.trim(), compiled: stderr.trim() }
}

test('modules are what they are without it, the first time and from what was kept', () => {
  const { said } = begin('')
  expect(said).toContain('[1,3,true,true,')
  expect(begin(kept)).toEqual({ said, compiled: 'true' })
  expect(begin(kept)).toEqual({ said, compiled: 'false' })
})

test('another text of the same length is compiled anew, and kept', () => {
  begin(kept)
  add('data.json', '{ "value": 4 }')
  add('one.cjs', readFileSync(join(dir, 'one.cjs'), 'utf8').replace('=> 1', '=> 7'))
  const again = begin(kept)
  expect(again.said).toContain('[7,4,')
  expect(again.compiled).toBe('true')
  expect(begin(kept)).toEqual({ said: again.said, compiled: 'false' })
})

test.each([
  ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ['not of this kind', () => Buffer.from('{}')],
  [
    'changed in its code',
    (bytes: Buffer) => bytes.map((byte, at) => (at > 200 && at < 260 ? byte ^ 0xff : byte)),
  ],
])('a file that is %s is not used', (_what, damage) => {
  const { said } = begin(kept)
  writeFileSync(kept, damage(readFileSync(kept)))
  expect(begin(kept).said).toBe(said)
})

test('a module with a mistake says what Node says of it', () => {
  add('main.cjs', 'module.exports = [await 1]; ?')
  const saying = (file: string) => {
    const { stderr, status } = spawnSync(process.execPath, [join(dir, 'begin.mjs'), file], {
      encoding: 'utf8',
      env: { NODE_ENV: 'test' },
    })
    return { status, stderr: stderr.split('\n').filter((line) => !line.startsWith('    at')) }
  }
  expect(saying(kept)).toEqual(saying(''))
})
