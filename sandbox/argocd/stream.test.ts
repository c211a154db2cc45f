import { afterEach, beforeEach, expect, test } from 'vitest'
import { messagesOf, until } from './replay.ts'
import { type Practice, practice } from './testing.ts'

let at: Practice
const open: AbortController[] = []

beforeEach(async () => {
  at = await practice()
})
afterEach(async () => {
  for (const controller of open.splice(0)) controller.abort()
  await at.close()
})

/** Opens a stream; `text()` is what came so far. */
async function watch(query: string, accept = 'text/event-stream') {
  const controller = new AbortController()
  open.push(controller)
  const response = await fetch(`${at.argo.url}/api/v1/stream/applications?${query}`, {
    headers: { authorization: `Bearer ${at.argo.tokens.countersign}`, accept },
    signal: controller.signal,
  })
  let text = ''
  let ended = false
  void (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString('utf8')
  })()
    .catch(() => undefined)
    .finally(() => {
      ended = true
    })
  return { text: () => text, ended: () => ended }
}

type Message = {
  result: { type: string; application: { metadata: { name: string; resourceVersion: string } } }
}
const names = (text: string) =>
  messagesOf(text.slice(0, text.lastIndexOf('\n') + 1)).map((message) => {
    const { type, application } = (message as Message).result
    return `${type} ${application.metadata.name}`
  })

test('messages end in a blank and three line breaks, keep-alives are a colon and one', async () => {
  const stream = await watch('name=checkout-prod&fields=result.type,result.application.metadata.name')
  await until(() => stream.text().includes('\n:\n'))
  expect(stream.text().split(':\n')[0]).toBe(
    'data: {"result":{"application":{"metadata":{"name":"checkout-prod"}},"type":"ADDED"}} \n\n\n',
  )
})

test('without the exact Accept header it is one object a line, and no keep-alive', async () => {
  const stream = await watch('name=checkout-prod&fields=result.type', 'text/event-stream, */*')
  await until(() => stream.text() !== '')
  at.world.refresh('checkout-prod')
  await until(() => stream.text().includes('MODIFIED'))
  expect(stream.text()).toBe('{"result":{"type":"ADDED"}}\n\n{"result":{"type":"MODIFIED"}}\n\n')
})

test('a resource version asks for what is to come: nothing is replayed', async () => {
  const before = at.world.inner.lastVersion
  at.world.refresh('checkout-prod')
  const stream = await watch(`projects=shop&resourceVersion=${before}`)
  at.world.refresh('payments-prod')
  await until(() => stream.text().includes('payments-prod'))
  expect(names(stream.text())).toEqual(['MODIFIED payments-prod'])
})

test('an application that comes and goes is added and deleted', async () => {
  const stream = await watch('projects=platform&resourceVersion=1')
  const declared = at.world.inner.apps.get('unlabelled-thing')?.declared
  if (!declared) throw new Error('no unlabelled-thing')
  at.world.create({ ...declared, name: 'short-lived', past: [] })
  at.world.delete('short-lived')
  await until(() => stream.text().includes('DELETED'))
  expect(names(stream.text())).toEqual(['ADDED short-lived', 'DELETED short-lived'])
})

test('equal frames are sent once when fields leave nothing to tell them apart', async () => {
  const fields = 'fields=result.type,result.application.metadata.name'
  const stream = await watch(`name=checkout-prod&${fields}`)
  const other = await watch('name=checkout-prod')
  for (let round = 0; round < 3; round += 1) at.world.refresh('checkout-prod')
  await until(() => names(other.text()).length === 4)
  expect(names(stream.text())).toEqual(['ADDED checkout-prod', 'MODIFIED checkout-prod'])
})

test('a server that goes down ends its streams, and takes new ones when it is back', async () => {
  const stream = await watch('name=checkout-prod')
  at.argo.setFault({ kind: 'down' })
  await until(() => stream.ended())
  await expect(watch('name=checkout-prod')).rejects.toThrow()
  at.argo.setFault(undefined)
  const again = await watch('name=checkout-prod')
  await until(() => again.text().includes('ADDED'))
})

test('half an object in a stream ends without its line break', async () => {
  at.argo.setFault({ kind: 'half-object' })
  const stream = await watch('name=checkout-prod')
  await until(() => stream.ended())
  expect(stream.text()).toMatch(/^data: \{"result"/)
  expect(stream.text()).not.toContain('\n')
})
