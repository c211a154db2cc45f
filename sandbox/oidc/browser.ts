/** Where the journey of a sign-in ended: back at the application, or on a page somebody has to look at. */
export type Stop =
  | { at: 'application'; url: URL; params: Record<string, string> }
  | { at: 'page'; url: URL; status: number; html: string }

/** A person's choice on the provider's page, as the form post the page would send. */
export type Submit = (page: Stop & { at: 'page' }, personId: string) => { action: URL; form: URLSearchParams }

export type Browser = {
  open: (url: string | URL, form?: URLSearchParams) => Promise<Stop>
}

/** A browser without a screen, for tests: keeps cookies, follows redirects, stops at the application's address. */
export function openBrowser(applicationOrigin: string): Browser {
  const jar = new Map<string, string>()

  async function step(url: URL, form?: URLSearchParams): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: form }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  return {
    async open(start, form) {
      let url = new URL(start)
      let response = await step(url, form)
      for (let hops = 0; hops < 10; hops += 1) {
        const location = response.headers.get('location')
        if (!location) return { at: 'page', url, status: response.status, html: await response.text() }
        url = new URL(location, url)
        if (url.origin === applicationOrigin) {
          return { at: 'application', url, params: Object.fromEntries(url.searchParams) }
        }
        response = await step(url)
      }
      throw new Error(`more than ten redirects, last ${url.href}`)
    },
  }
}

/** Opens an authorization address and, where the provider shows its page, answers as this person. */
export async function signIn(browser: Browser, url: URL, personId: string, submit: Submit) {
  const first = await browser.open(url)
  if (first.at === 'application') return { ...first, pageShown: false }
  const { action, form } = submit(first, personId)
  return { ...(await browser.open(action, form)), pageShown: true }
}

/** How a person answers the picker. */
export const pick: Submit = (page, personId) => {
  const action = /<form method="post" action="([^"]+)">\s*<ul/.exec(page.html)?.[1]
  if (!action) throw new Error(`no picker on ${page.url.href}: ${page.html.slice(0, 200)}`)
  return { action: new URL(action, page.url), form: new URLSearchParams({ person: personId }) }
}
