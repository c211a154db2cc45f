import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explains, justified } from './differences.ts'
import { messagesOf, Replay, recording, recordingNames } from './replay.ts'
import { tell } from './replay-story.ts'
import { course, type Difference, differences, ordered } from './shape.ts'

const replay = new Replay()
const used = new Set<unknown>()

beforeAll(async () => {
  await replay.start()
  await tell(replay)
})
afterAll(() => replay.close())

function unexplained(name: string, found: Difference[]): string[] {
  for (const one of justified) if (found.some((difference) => explains(one, name, difference))) used.add(one)
  const open = found.filter((difference) => !justified.some((one) => explains(one, name, difference)))
  return [...new Set(open.map(({ path, what }) => `${path}: ${what}`))]
}

describe.each(recordingNames())('%s', (name) => {
  test('is answered as Argo CD answered it', () => {
    const { response } = recording(name)
    const answer = replay.answers.get(name)
    if (!answer) throw new Error('the story never asks this')
    expect(answer.status).toBe(response.status)
    for (const [header, value] of Object.entries(response.headers))
      expect([header, answer.headers.get(header)]).toEqual([header, value])
    if (response.frames) {
      const recorded = course(messagesOf(response.frames.map((frame) => frame.data).join('')))
      expect(unexplained(name, differences(recorded, course(messagesOf(answer.text))))).toEqual([])
      return
    }
    expect(unexplained(name, differences(ordered(response.body), ordered(answer.body)))).toEqual([])
    if (response.status >= 400) expect(answer.body).toEqual(response.body)
  })
})

test('every justified difference is still one', () => {
  expect(justified.filter((one) => !used.has(one)).map((one) => one.reason)).toEqual([])
})
