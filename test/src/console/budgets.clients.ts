import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Session } from '@alkdev/contracts/agents'
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from './console-page.ts'
import type { ConsoleBrowser } from './console-page.ts'
import { startDemoHub } from './demo-hub.ts'
import type { DemoHub } from './demo-hub.ts'
import { picturesFolder } from './pictures-folder.ts'

/** How much slower than this machine the processor of the browser is. */
const SLOWER = 4
const MESSAGES = 5000
const TASKS = 2000
const WATCHED_MS = 8000

let demo: DemoHub
let browser: ConsoleBrowser
let page: Page
let devtools: CDPSession
let sessionId = ''
const rows: string[] = []

beforeAll(async () => {
  demo = await startDemoHub()
  const document = {
    format: 'alkhub.session.v1',
    session: { title: 'A long session' },
    messages: Array.from({ length: MESSAGES }, (_, at) => ({
      role: at % 2 === 0 ? 'user' : 'assistant',
      parts: [1, 2].map((part) => ({
        type: 'text',
        text: `Part ${part} of message ${at}, a line of text.`,
      })),
    })),
  }
  const made = await demo.ok<{ session: Session }>('sessions.import', { document })
  sessionId = made.session.sessionId
  await demo.ok('tasks.sync', {
    project: 'large',
    files: Array.from({ length: TASKS }, (_, at) => ({
      path: `${at}.md`,
      content: `---\nid: task-${at}\nname: Task ${at}\nstatus: pending\ndependsOn: [${at < 40 ? '' : `task-${at - 40}, task-${at - 39}`}]\n---\nText.\n`,
    })),
  })
  browser = await openBrowser(demo.hub.gateway)
  const opened = await browser.open({ key: demo.lead.key })
  page = opened.page
  devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  await devtools.send('Network.enable')
  await devtools.send('Network.setCacheDisabled', { cacheDisabled: true })
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await demo?.[Symbol.asyncDispose]()
  writeFileSync(join(picturesFolder(), 'budgets.md'), `${rows.join('\n')}\n`)
})

function record(what: string, value: string): void {
  rows.push(`| ${what} | ${value} |`)
  console.log(`${what}: ${value}`)
}

const ms = (value: number): string => `${Math.round(value)} ms`

/** Milliseconds from a click on a link in the page to the frame in which the selector is drawn, and those of its main thread. */
async function follow(href: string, selector: string): Promise<{ tookMs: number; busyMs: number }> {
  const before = await busy()
  const tookMs = await page.evaluate<number>(
    `new Promise((done) => {
      const link = document.createElement('a')
      link.href = ${JSON.stringify(href)}
      document.body.append(link)
      const at = performance.now()
      const look = () => document.querySelector(${JSON.stringify(selector)})
        ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - at)))
        : requestAnimationFrame(look)
      link.click()
      look()
    })`,
  )
  return { tookMs, busyMs: ((await busy()) - before) * 1000 }
}

/** Seconds of processor time that the main thread of the page has used. */
async function busy(): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
}

test('sizes and the build', () => {
  const kib = (end: string): string =>
    `${(demo.files.filter(({ name }) => name.endsWith(end)).reduce((sum, { gzipBytes }) => sum + gzipBytes, 0) / 1024).toFixed(1)} KiB`
  record('scripts of the first load, gzip', kib('.js'))
  record('style sheet, gzip', kib('.css'))
  record('build of the console, in a process of its own', ms(demo.buildMs))
  expect(readFileSync(join(demo.built, 'index.html'), 'utf8')).toContain('<script')
})

test('the first view', async () => {
  const times: number[] = []
  const busyMs: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const before = await busy()
    await page.goto(`${demo.hub.gateway}/console/calls`)
    await page.locator('.shell h1').waitFor()
    times.push(
      await page.evaluate<number>(
        `performance.getEntriesByType('paint').find((one) => one.name === 'first-contentful-paint').startTime`,
      ),
    )
    busyMs.push(((await busy()) - before) * 1000)
  }
  expect(times).toHaveLength(5)
  record('first view drawn, median of 5', ms(times.toSorted((a, b) => a - b)[2] ?? 0))
  record('processor time of its main thread', ms(busyMs.toSorted((a, b) => a - b)[2] ?? 0))
})

test('a long session', async () => {
  await page.goto(`${demo.hub.gateway}/console/calls`)
  await page.locator('.shell h1').waitFor()
  const { tookMs, busyMs } = await follow(`fleet/${sessionId}`, '.message')
  expect(await page.locator('.message').count()).toBeGreaterThan(1)
  record(
    `session of ${MESSAGES} messages and ${MESSAGES * 2} parts open`,
    `${ms(tookMs)} (${ms(busyMs)} of its processor)`,
  )
  const longest = await page.evaluate<number>(
    `new Promise((done) => {
      let longest = 0
      new PerformanceObserver((list) => list.getEntries().forEach((one) => (longest = Math.max(longest, one.duration)))).observe({ type: 'longtask' })
      const main = document.querySelector('main')
      let step = 0
      const scroll = () => {
        main.scrollTop = (step % 40) * main.scrollHeight / 40
        step += 1
        if (step < 120) requestAnimationFrame(scroll)
        else setTimeout(() => done(longest), 200)
      }
      scroll()
    })`,
  )
  record('longest task while it is scrolled', longest === 0 ? 'none over 50 ms' : ms(longest))
})

test('a large plan', async () => {
  await page.goto(`${demo.hub.gateway}/console/calls`)
  await page.locator('.shell h1').waitFor()
  const { tookMs, busyMs } = await follow('plan?project=large', '.graph .node')
  expect(await page.locator('.graph .node').count()).toBeGreaterThan(1)
  record(`plan of ${TASKS} tasks drawn`, `${ms(tookMs)} (${ms(busyMs)} of its processor)`)
})

test('text as it comes', async () => {
  const made = await demo.ok<Session>('sessions.create', {
    title: 'Fast text',
    model: 'scripted/coder',
  })
  await page.goto(`${demo.hub.gateway}/console/fleet/${made.sessionId}`)
  await page.locator('.shell h1').waitFor()
  await demo.ok('sessions.prompt', { sessionId: made.sessionId, text: 'fast please' })
  await page.locator('.draft').waitFor()
  const [before, atMs] = [await busy(), performance.now()]
  await page.waitForTimeout(WATCHED_MS)
  expect(await page.locator('.draft').count()).toBe(1)
  const share = ((await busy()) - before) / ((performance.now() - atMs) / 1000)
  record('share of a core while 100 pieces of text a second come', `${(share * 100).toFixed(0)} %`)
})
