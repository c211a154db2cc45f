import { expect, test } from 'vitest'
import { childEnv, databaseUrl, processKind, readEnv } from './env.ts'

const url = 'postgresql://countersign_web:pw@db:5432/countersign'

test('each kind of process needs the address of its own role and reads no other', () => {
  expect(databaseUrl('web', { DATABASE_URL_WEB: url, DATABASE_URL_WORKER: 'x' })).toBe(url)
  expect(() => readEnv('worker', { DATABASE_URL_WEB: url })).toThrow(/DATABASE_URL_WORKER is not set/)
  expect(databaseUrl('tool', {})).toBeUndefined()
})

test('what is wrong is named, its value is not repeated', () => {
  const act = () => readEnv('web', { DATABASE_URL_WEB: 'mysql://root:hunter2@db', PORT: 'http' })
  expect(act).toThrow(/DATABASE_URL_WEB is not an address.*\nPORT is not a port number\./)
  expect(act).not.toThrow(/hunter2/)
})

test('an empty variable counts as not given', () => {
  expect(readEnv('tool', { DATABASE_URL: '', PORT: '' })).toMatchObject({ NODE_ENV: 'development' })
})

test('a child is given neither the addresses of other roles nor secrets of others', () => {
  const source = {
    PATH: '/bin',
    DATABASE_URL: url,
    DATABASE_URL_WEB: url,
    DATABASE_URL_WORKER: url,
    ARGOCD_TOKEN: 't',
  }
  expect(childEnv('web', ['ARGOCD_TOKEN'], source)).toEqual({
    PATH: '/bin',
    DATABASE_URL_WEB: url,
    COUNTERSIGN_PROCESS: 'web',
  })
  expect(processKind({ COUNTERSIGN_PROCESS: 'web' })).toBe('web')
  expect(processKind({})).toBe('tool')
})
