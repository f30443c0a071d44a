import { readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import type { Session } from '@alkdev/contracts/agents'
import { uuidv7 } from '@alkdev/std'
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
/** Sessions of a tree, how many of them change at once, and how often. */
const LIVE_ROWS = 500
const CHANGED_ROWS = 10
const CHANGE_EVERY_MS = 200

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

/** A row of the page: the figure, and the load of the machine over the last minute. */
function record(what: string, value: string): void {
  const [load = 0] = loadavg()
  rows.push(`| ${what} | ${value} | ${load.toFixed(1)} |`)
  console.log(`${what}: ${value} (load ${load.toFixed(1)})`)
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds of the clock: when it began and how long it lasted. */
  readonly ts: number
  readonly dur?: number
  /** Microseconds of processor time. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

interface LongestTask {
  /** Milliseconds of processor time. */
  readonly tookMs: number
  /** What it consisted of, the largest first. A part can be within another one. */
  readonly parts: string
}

/** Records the tasks of the page until the returned function is called, which gives the one that took the most processor time. */
async function startTrace(): Promise<() => Promise<LongestTask>> {
  const events: TraceEvent[] = []
  const tracing = await page.context().browser()?.newBrowserCDPSession()
  if (tracing === undefined) throw new Error('There is no browser to trace.')
  tracing.on('Tracing.dataCollected', ({ value }) =>
    events.push(...(value as unknown as TraceEvent[])),
  )
  await tracing.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: TRACED },
  })
  return async () => {
    const complete = new Promise((resolve) => tracing.once('Tracing.tracingComplete', resolve))
    await tracing.send('Tracing.end')
    await complete
    const mains = new Set(
      events
        .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
        .map(({ pid, tid }) => `${pid} ${tid}`),
    )
    const tasks = events.filter(
      ({ name, pid, tid }) => name.endsWith('RunTask') && mains.has(`${pid} ${tid}`),
    )
    const [longest] = tasks.toSorted((a, b) => (b.tdur ?? 0) - (a.tdur ?? 0))
    expect(longest).toBeDefined()
    return longest === undefined
      ? { tookMs: 0, parts: '' }
      : { tookMs: (longest.tdur ?? 0) / 1000, parts: partsOf(longest, events) }
  }
}

const TRACED = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8']
const MAX_PARTS = 5

/** The processor time of what happened within a task, by its name. */
function partsOf(task: TraceEvent, events: readonly TraceEvent[]): string {
  const until = task.ts + (task.dur ?? 0)
  const times = new Map<string, number>()
  for (const { name, pid, tid, ts, dur = 0, tdur = 0 } of events) {
    const isWithin = pid === task.pid && tid === task.tid && ts >= task.ts && ts + dur <= until
    if (isWithin && !name.endsWith('RunTask')) times.set(name, (times.get(name) ?? 0) + tdur)
  }
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MAX_PARTS)
    .map(([name, time]) => `${name} ${ms(time / 1000)}`)
    .join(', ')
}

/** Milliseconds from a request of an operation to its answer, without a browser: the median of five. */
async function ofTheHub(operationId: string, input: object): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const begunAt = performance.now()
    await demo.ok(operationId, input)
    times.push(performance.now() - begunAt)
  }
  return times.toSorted((a, b) => a - b)[2] ?? 0
}

const ms = (value: number): string => `${Math.round(value)} ms`

/**
 * Milliseconds from a click on a link in the page to the frame in which the selector is drawn, and those of its main thread. It observes when the document
 * changes and does not look in each frame, which would count as work of the page.
 */
async function follow(href: string, selector: string): Promise<{ tookMs: number; busyMs: number }> {
  const before = await busy()
  const tookMs = await page.evaluate<number>(
    `new Promise((done) => {
      const link = document.createElement('a')
      link.href = ${JSON.stringify(href)}
      document.body.append(link)
      const at = performance.now()
      new MutationObserver((_, observer) => {
        if (document.querySelector(${JSON.stringify(selector)}) === null) return
        observer.disconnect()
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - at)))
      }).observe(document.body, { childList: true, subtree: true })
      link.click()
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

/** When the view was drawn for the first time; the view can be in the document before that. */
const FIRST_PAINT = `new Promise((done, fail) => {
  new PerformanceObserver((list) => {
    const paint = list.getEntriesByName('first-contentful-paint')[0]
    if (paint !== undefined) done(paint.startTime)
  }).observe({ type: 'paint', buffered: true })
  setTimeout(() => fail(new Error('Nothing was drawn.')), 60_000)
})`

test('the first view', async () => {
  const times: number[] = []
  const busyMs: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const before = await busy()
    await page.goto(`${demo.hub.gateway}/console/calls`)
    await page.locator('.shell h1').waitFor()
    times.push(await page.evaluate<number>(FIRST_PAINT))
    // A page that is loaded counts from its start.
    const after = await busy()
    busyMs.push((after < before ? after : after - before) * 1000)
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
  const trace = await startTrace()
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
  const { tookMs: longestMs, parts } = await trace()
  record(
    'longest task while it is scrolled',
    `${longest === 0 ? 'none over 50 ms' : ms(longest)} (${ms(longestMs)} of its processor: ${parts})`,
  )
})

test('a large plan', async () => {
  await page.goto(`${demo.hub.gateway}/console/calls`)
  await page.locator('.shell h1').waitFor()
  const { tookMs, busyMs } = await follow('plan?project=large', '.graph .node')
  expect(await page.locator('.graph .node').count()).toBeGreaterThan(1)
  record(`plan of ${TASKS} tasks drawn`, `${ms(tookMs)} (${ms(busyMs)} of its processor)`)
  record('of it the hub', ms(await ofTheHub('tasks.graph', { project: 'large' })))
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

test('rows that change', async () => {
  const top = await demo.ok<Session>('sessions.create', { title: 'A large tree' })
  const { sql } = demo.hub.database
  const ids = Array.from({ length: LIVE_ROWS - 1 }, () => uuidv7())
  await sql`
    insert into sessions (id, project_id, account_id, parent_id, root_id, depth, slug, title, status)
    select own.id, s.project_id, s.account_id, s.id, s.id, 1, own.id, 'Session ' || own.id, 'idle'
    from sessions s cross join unnest(${ids}::text[]) as own (id) where s.id = ${top.sessionId}`
  await page.goto(`${demo.hub.gateway}/console/fleet?tab=trees`)
  await page.locator(`tbody tr >> nth=${LIVE_ROWS - 1}`).waitFor()
  const shown = () => page.locator('tbody').innerText()
  const [was, before, atMs] = [await shown(), await busy(), performance.now()]
  for (let round = 0; performance.now() - atMs < WATCHED_MS; round += 1) {
    const changed = Array.from(
      { length: CHANGED_ROWS },
      (_, at) => ids[(round * CHANGED_ROWS + at) % ids.length] ?? '',
    )
    await sql`
      update sessions set title = ${`Round ${round}`}, state_since = now() where id = any(${changed}::text[])`
    // The event after which the page reads the tree again.
    await demo.ok('sessions.create', { title: `Beside it ${round}` })
    await page.waitForTimeout(CHANGE_EVERY_MS)
  }
  const share = ((await busy()) - before) / ((performance.now() - atMs) / 1000)
  expect(await shown()).not.toBe(was)
  record(
    `share of a core while ${(CHANGED_ROWS * 1000) / CHANGE_EVERY_MS} of ${LIVE_ROWS} rows change in a second`,
    `${(share * 100).toFixed(0)} %`,
  )
})
