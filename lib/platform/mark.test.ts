import { expect, it } from 'vitest'
import { markAddress, markSvg } from './mark.ts'

it('says on the icon how much waits, as far as it can be read there', () => {
  expect(markSvg()).not.toContain('<text')
  expect(markSvg(3)).toContain('>3</text>')
  expect(markSvg(12)).toContain('>9+</text>')
})

it('is an address that the content policy lets through and no quote ends', () => {
  expect(markAddress(2)).toMatch(/^data:image\/svg\+xml,[^"<>\s]+$/)
})
