import { expect, it } from 'vitest'
import type { SignalVerdict } from '#lib/verdicts/verdict.ts'
import { answerLook, comparedWords, effectWords, limitWords } from './verdict-words.ts'

const of = (more: Partial<SignalVerdict> = {}): SignalVerdict => ({
  ...{
    signal: 'errors',
    answer: 'no-change',
    unit: 'share',
    effect: 1.94,
    interval: [1.5, 12.4],
    before: 0.01,
    after: 0.02,
  },
  ...{ comparable: 170, above: 2, detectable: 1.33, because: [] },
  ...more,
})

it.each<[string, string, string]>([
  ['the effect with its range', effectWords(of()), '× 1.9 (1.5 to 12)'],
  ['a small effect by two digits', effectWords(of({ effect: 1.02, interval: null })), '× 1.02'],
  ['a fall', effectWords(of({ effect: 0.5, interval: null })), '× 0.5'],
  ['no effect known', effectWords(of({ effect: null })), 'not known'],
  ['how unusual a rise is', comparedWords(of()), 'rose more than at 168 of 170 moments like it'],
  [
    'how unusual a fall is',
    comparedWords(of({ effect: 0.4, above: 169 })),
    'rose less than at 169 of 170 moments like it',
  ],
  ['nothing to compare with', comparedWords(of({ comparable: 0 })), 'nothing to compare with'],
  [
    'what would not have been noticed',
    limitWords(of()),
    'A rise of less than 1.3 times would not stand out.',
  ],
  ['nothing more of what was found', limitWords(of({ answer: 'worse' })), ''],
  ['why it cannot tell', limitWords(of({ answer: 'inconclusive', because: ['Too few.'] })), 'Too few.'],
])('says %s', (_name, said, expected) => expect(said).toBe(expected))

it('draws what cannot be told unlike what is well', () => {
  expect(answerLook.inconclusive.tone).not.toBe(answerLook['no-change'].tone)
  expect(new Set(Object.values(answerLook).map(({ glyph }) => glyph)).size).toBe(4)
})
