import { describe, expect, it } from 'vitest'
import { explainGate, findGate, type GateCandidate, sameImage } from './gate.ts'

const a = `sha256:${'a'.repeat(64)}`
const b = `sha256:${'b'.repeat(64)}`
const sha = '3f9ac21b7d0e4f5a6b7c8d9e0f1a2b3c4d5e6f70'

describe('an image is the same', () => {
  it.each([
    ['registry:5000/shop/checkout:1.7.1', 'registry:5000/shop/checkout:1.7.1', true],
    ['registry:5000/shop/checkout:1.7.1', `registry:5000/shop/checkout:1.7.1@${a}`, true],
    ['registry:5000/shop/checkout:1.7.1', 'registry:5000/shop/checkout:1.7.10', false],
    ['registry:5000/shop/checkout:1.7.1', 'registry:5000/shop/other:1.7.1', false],
    [a, `registry/shop/checkout:1.7.1@${a}`, true],
    [a, `registry/shop/checkout:1.7.1@${b}`, false],
    [`registry/shop/checkout@${a}`, `registry/shop/checkout:1.7.1@${a}`, true],
    [`registry/shop/checkout:1.7.1@${a}`, `mirror/shop/checkout:1.7.1@${a}`, false],
    // A digest that the plan does not name is not known to be what the tag means.
    [`registry/shop/checkout:1.7.1@${a}`, 'registry/shop/checkout:1.7.1', false],
    [a, 'registry/shop/checkout:1.7.1', false],
  ])('%s by %s: %s', (asked, planned, same) => {
    expect(sameImage(asked, planned)).toBe(same)
  })
})

const plan = { digest: 'd', revisions: [sha], images: ['r/checkout:2', 'r/sidecar:1'] }
const candidate = (target: string | null, more: Partial<GateCandidate> = {}): GateCandidate => ({
  application: `app_${target ?? 'x'}`,
  instance: 'main',
  target,
  plan,
  ...more,
})
const asked = { service: 'checkout', environment: 'prod', image: 'r/checkout:2' }

it.each([
  ['the only one', asked, [candidate(null)], 'app_x'],
  ['by target', { ...asked, target: 'eu' }, [candidate('eu'), candidate('us')], 'app_eu'],
  [
    'by instance',
    { ...asked, instance: 'b' },
    [candidate('eu'), candidate('us', { instance: 'b' })],
    'app_us',
  ],
  ['by revision', { ...asked, image: undefined, revision: sha }, [candidate(null)], 'app_x'],
  [
    'by the first of a revision',
    { ...asked, image: undefined, revision: sha.slice(0, 12) },
    [candidate(null)],
    'app_x',
  ],
])('finds %s', (_name, input, candidates, application) => {
  expect(findGate(input, candidates)).toMatchObject({ ok: true, value: { application, plan } })
})

it.each([
  ['nothing', asked, [], 'no-such-application'],
  ['another target', { ...asked, target: 'eu' }, [candidate('us')], 'no-such-application'],
  ['two', asked, [candidate('eu'), candidate('us')], 'several-applications'],
  ['no plan', asked, [candidate(null, { plan: null })], 'no-plan-yet'],
  ['an older plan', { ...asked, image: 'r/checkout:3' }, [candidate(null)], 'other-version'],
  ['image right, commit not', { ...asked, revision: '0'.repeat(40) }, [candidate(null)], 'other-version'],
  [
    'seven digits',
    { ...asked, image: undefined, revision: sha.slice(0, 7) },
    [candidate(null)],
    'other-version',
  ],
])('refuses %s', (_name, input, candidates, code) => {
  const answer = findGate(input, candidates)
  expect(answer).toMatchObject({ ok: false, refusal: { code } })
  if (!answer.ok) expect(explainGate(answer.refusal)).toMatch(/[.]$/)
})
