import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageName, imageVersion, parseImage, shortRevision, versionOf } from './images.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const sha = '46eb0c9b209a2b4ff6189ae1a9028de79a4437d1'

describe('taking an image string apart', () => {
  it.each([
    ['nginx', 'docker.io', 'library/nginx', null, null],
    ['nginx:1.27', 'docker.io', 'library/nginx', '1.27', null],
    ['bitnami/redis:7', 'docker.io', 'bitnami/redis', '7', null],
    ['registry.acme.example/shop/checkout:1.0.0', 'registry.acme.example', 'shop/checkout', '1.0.0', null],
    ['registry:5000/a/b', 'registry:5000', 'a/b', null, null],
    ['localhost/a:x', 'localhost', 'a', 'x', null],
    [`ghcr.io/a/b:1.2@${digest}`, 'ghcr.io', 'a/b', '1.2', digest],
    [`localhost:5000/b@${digest}`, 'localhost:5000', 'b', null, digest],
  ])('%s', (text, registry, repository, tag, found) => {
    expect(parseImage(text)).toEqual({ text, registry, repository, tag, digest: found })
  })

  it('gives back any name, tag and digest it was built from', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
    const path = fc.array(word, { minLength: 2, maxLength: 4 })
    fc.assert(
      fc.property(
        path,
        fc.option(fc.stringMatching(/^[\w][\w.-]{0,9}$/)),
        fc.option(fc.constant(digest)),
        (at, tag, pin) => {
          const image = parseImage(
            `registry.example:5000/${at.join('/')}${tag ? `:${tag}` : ''}${pin ? `@${pin}` : ''}`,
          )
          expect(image).toMatchObject({ repository: at.join('/'), tag, digest: pin })
          expect(imageName(image)).toBe(`registry.example:5000/${at.join('/')}`)
        },
      ),
    )
  })
})

describe('the version to show', () => {
  const none = { sources: [], revisions: [], service: 'checkout' }
  it.each([
    [
      'the tag of the image named like the service',
      { ...none, images: ['r.example/proxy:9', 'r.example/shop/checkout:1.0.0'] },
      '1.0.0',
    ],
    ['the tag of the only image', { ...none, images: ['r.example/shop/web:2.0.0'] }, '2.0.0'],
    [
      'both while a rollout runs',
      { ...none, images: ['r.example/checkout:1.1.0', 'r.example/checkout:1.0.0'] },
      '1.0.0 + 1.1.0',
    ],
    ['the start of a digest', { ...none, images: [`r.example/checkout@${digest}`] }, 'sha256:abababababab'],
    [
      'the chart',
      { ...none, images: [], sources: [{}, { chart: 'web' }], revisions: [sha, '3.1.0'] },
      '3.1.0',
    ],
    [
      'the git revision when images say nothing',
      { ...none, images: ['r.example/a:1', 'r.example/b:2'], revisions: [sha] },
      '46eb0c9',
    ],
    ['nothing', { ...none, images: [] }, null],
  ])('%s', (_, given, expected) => {
    expect(versionOf(given)).toBe(expected)
  })

  it('shortens what is a hash and nothing else', () => {
    expect([sha, 'v1.2.3', 'main', digest].map(shortRevision)).toEqual([
      '46eb0c9',
      'v1.2.3',
      'main',
      'sha256:abababababab',
    ])
    expect(imageVersion(parseImage('a'))).toBe('latest')
  })
})
