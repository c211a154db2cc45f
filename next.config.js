/** @type {import('next').NextConfig} */
const config = {
  reactStrictMode: true,
  poweredByHeader: false,
  // No image optimiser: it would need native code and a cache, and we draw our few pictures as SVG.
  images: { unoptimized: true },
  // Asked for by browsers of their own accord, also where nobody is signed in and where a page failed.
  rewrites: async () => [{ source: '/favicon.ico', destination: '/api/mark' }],
  turbopack: { root: import.meta.dirname },
  // Each page is loaded when it is first asked for: all of them before the first answer hold it up by a third.
  experimental: { preloadEntriesOnStart: false },
}

export default config
