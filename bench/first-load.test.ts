import { expect, test } from 'vitest'
import { scriptsOf } from './first-load.ts'

test('scripts of the markup and of the server components count once, the polyfill does not', () => {
  const html = `<script src="/_next/static/chunks/a_1~.js" async=""></script>
    <script src="/_next/static/chunks/poly.js" noModule=""></script>
    <script>self.__next_f.push([1,"4:I[7,[\\"/_next/static/chunks/a_1~.js\\",\\"/_next/static/chunks/b-2.js\\"]"])</script>`
  expect(scriptsOf(html)).toEqual(['static/chunks/a_1~.js', 'static/chunks/b-2.js'])
})
