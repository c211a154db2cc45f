import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explains, justified } from './differences.ts'
import { messagesOf, Replay, recording, recordingNames } from './replay.ts'
import { tell } from './replay-story.ts'
import { course, type Difference, differences, ordered } from './shape.ts'

const replay = new Replay()

beforeAll(async () => {
  await replay.start()
  await tell(replay)
})
afterAll(() => replay.close())

/** What was recorded and what we answer, differently; of an event stream only its course counts. */
function found(name: string): Difference[] {
  const { response } = recording(name)
  const answer = replay.answers.get(name)
  if (!answer) throw new Error('the story never asks this')
  if (!response.frames) return differences(ordered(response.body), ordered(answer.body))
  const recorded = course(messagesOf(response.frames.map((frame) => frame.data).join('')))
  return differences(recorded, course(messagesOf(answer.text)))
}

describe.each(recordingNames())('%s', (name) => {
  test('is answered as Argo CD answered it', () => {
    const open = found(name).filter((difference) => !justified.some((one) => explains(one, name, difference)))
    expect([...new Set(open.map(({ path, what }) => `${path}: ${what}`))]).toEqual([])
    const { response } = recording(name)
    const answer = replay.answers.get(name)
    expect(answer?.status).toBe(response.status)
    for (const [header, value] of Object.entries(response.headers))
      expect([header, answer?.headers.get(header)]).toEqual([header, value])
    if (!response.frames && response.status >= 400) expect(answer?.body).toEqual(response.body)
  })
})

test('every justified difference is still one', () => {
  const all = recordingNames().map((name) => [name, found(name)] as const)
  const unused = justified.filter(
    (one) => !all.some(([name, of]) => of.some((each) => explains(one, name, each))),
  )
  expect(unused.map((one) => one.reason)).toEqual([])
})
