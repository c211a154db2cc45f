import { releaseLook } from '#components/status/tones.ts'
import type { ReleaseState } from '#lib/releases/release.ts'
import { expect, type Page } from './fixtures.ts'
import { readRelease } from './steps.ts'

/** The word of a state, and when it was first seen. */
type Seen = { word: string; atMs: number }

/** States that were over sooner than this may never have been drawn: on a busy machine nobody could have read them. */
const readableMs = 15_000
/** Reading the server takes its time too: a state is seen at most this much after it began. */
const pollMs = 50

const ends = new Set<ReleaseState>(['succeeded', 'degraded', 'failed', 'stale', 'rejected'])

/** From now on writes down which state the head of this page shows, and when it changed; never touches the page. */
export async function recordStates(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen: { word: string; atMs: number }[] = []
    Object.assign(globalThis, { seenStates: seen })
    const look = () => {
      const word = document.querySelector('main header')?.textContent ?? ''
      if (seen.at(-1)?.word !== word) seen.push({ word, atMs: Date.now() })
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
    look()
  })
}

const recorded = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { seenStates: Seen[] }).seenStates)

/** Follows a release on the server until it has ended: each state with when it was first answered. */
export async function followRelease(page: Page, id: string, withinMs = 90_000) {
  const states: { state: ReleaseState; atMs: number }[] = []
  await expect
    .poll(
      async () => {
        const { state } = await readRelease(page, id)
        if (states.at(-1)?.state !== state) states.push({ state, atMs: Date.now() })
        return ends.has(state)
      },
      { timeout: withinMs, intervals: [pollMs] },
    )
    .toBe(true)
  return states
}

/**
 * The last state and every one that lasted stood on the page without a reload. How long after the server's change is told
 * for the annotation and never judged: that depends on the machine.
 */
export async function expectShown(
  page: Page,
  states: readonly { state: ReleaseState; atMs: number }[],
): Promise<Record<string, number>> {
  const last = states.at(-1)
  if (!last) throw new Error('the release was in no state')
  await expect(page.getByRole('main').getByText(releaseLook(last.state).label).first()).toBeVisible()
  const seen = await recorded(page)
  const delays: Record<string, number> = {}
  for (const [index, { state, atMs }] of states.entries()) {
    // The first is the state in which the following began: no change that could have been late.
    if (index === 0) continue
    const lastedMs = (states[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) - atMs
    if (lastedMs < readableMs) continue
    const shown = seen.find(
      ({ word, atMs: at }) => word.includes(releaseLook(state).label) && at > atMs - 2_000,
    )
    expect(shown, `${state} was never shown, only ${JSON.stringify(seen)}`).toBeDefined()
    delays[state] = (shown?.atMs ?? 0) - atMs
  }
  return delays
}
