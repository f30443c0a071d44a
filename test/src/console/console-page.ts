import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { chromium as program } from '../headless-browser.ts'

export interface ConsoleBrowser extends AsyncDisposable {
  /** A page that is logged in with the key. */
  open(options?: OpenOptions): Promise<ConsolePage>
}

export interface OpenOptions {
  readonly key?: string
  readonly width?: number
  readonly height?: number
  readonly scheme?: 'light' | 'dark'
}

export interface ConsolePage {
  readonly page: Page
  readonly context: BrowserContext
  /** Calls of operations since the page was loaded or its address changed: operation and input. */
  readonly calls: string[]
  /** Addresses outside of the origin that it asked for, errors that it threw, violations of its policy. */
  readonly faults: string[]
  /** Goes to a view and waits until it has its data. */
  readonly visit: (path: string) => Promise<void>
  /** Until nothing of the view is loading. */
  readonly settled: () => Promise<void>
}

/** Starts Debian's Chromium. */
export async function openBrowser(gateway: string): Promise<ConsoleBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: `/usr/bin/${program ?? 'chromium'}`,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  })
  return {
    async open({ key, width = 1440, height = 900, scheme = 'light' } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: scheme,
        reducedMotion: 'reduce',
      })
      const page = await context.newPage()
      page.setDefaultTimeout(60_000)
      const opened = watch(page, context, gateway)
      await page.goto(`${gateway}/`)
      if (key !== undefined) {
        await page.getByLabel('API key').fill(key)
        await page.getByRole('button', { name: 'Log in' }).click()
        await page.locator('.shell').waitFor()
      }
      return opened
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

function watch(page: Page, context: BrowserContext, gateway: string): ConsolePage {
  const calls: string[] = []
  const faults: string[] = []
  const origin = new URL(gateway).origin
  page.on('request', (request) => {
    const url = request.url()
    const [, operationId] = /\/console\/api\/operations\/([^/?]+)$/.exec(url) ?? []
    if (operationId !== undefined && request.method() === 'POST')
      calls.push(`${operationId} ${request.postData() ?? ''}`)
    if (!url.startsWith(origin) && !url.startsWith('data:') && !url.startsWith('blob:'))
      faults.push(`asked for ${url}`)
  })
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame()) calls.length = 0
  })
  page.on('pageerror', (error) => faults.push(`threw ${error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    if (/Content Security Policy|TrustedHTML/i.test(text)) faults.push(text)
  })
  const settled = async (): Promise<void> => {
    await page.locator('[aria-busy="true"]:not(.draft)').first().waitFor({ state: 'detached' })
  }
  return {
    page,
    context,
    calls,
    faults,
    settled,
    async visit(path) {
      await page.goto(`${gateway}/console/${path}`)
      await page.locator('.shell h1').waitFor()
      await settled()
    },
  }
}
