const drawing =
  '<rect width="20" height="20" rx="4" fill="#1553b5"/><path d="M3.5 12.5C6 9 8 4 8 5.5S7 11 7.5 10.5 10 6.5 10.5 7s0 4 1 3.5 2-3 2.5-2.5.5 3 2.5 1M3.5 15.5h13" fill="none" stroke="#fff" stroke-width="1.6" stroke-linecap="round"/>'

/** Black on amber is read at 16 px, on light and on dark tabs; from ten on there is no room for the figure. */
const badge = (count: number) =>
  `<circle cx="14" cy="6" r="6" fill="#f0b440"/><text x="14" y="9.4" text-anchor="middle" font-family="sans-serif" font-size="${count > 9 ? 7 : 9.5}" font-weight="700" fill="#1a1200">${count > 9 ? '9+' : count}</text>`

/** The icon of a tab as SVG; with how much waits for the viewer, if anything does. */
export const markSvg = (count = 0): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><title>Countersign</title>${drawing}${count > 0 ? badge(count) : ''}</svg>`

/** The same as an address that needs no request: it is there with the first bytes of a page, whoever asks. */
export const markAddress = (count = 0): string => `data:image/svg+xml,${encodeURIComponent(markSvg(count))}`
