import { attachSpoke, CodedError, query } from '@alkdev/spoke'
import type { Page, Request } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../console/console-page.ts'
import { openRoom, WAIT } from '../console/console-room.ts'
import type { ConsoleRoom } from '../console/console-room.ts'
import { CuttableLink } from '../cuttable-link.ts'
import { chromium } from '../headless-browser.ts'
import { call } from '../http.ts'

const without = chromium === undefined
const reason = without ? ' (skipped: there is no chromium here)' : ''
/** Connections that a browser opens to one host over HTTP/1.1, for all of its tabs. */
const CONNECTIONS = 6
/** One for each run of the test with queued calls. */
const OPERATIONS = ['orgs.list', 'roles.list', 'spokes.list']

let room: ConsoleRoom

beforeAll(async () => {
  if (!without) room = await openRoom()
}, 240_000)
afterAll(async () => {
  await room?.[Symbol.asyncDispose]()
})

/** A page that says that it is hidden until `show` changes that. */
const HIDDEN = `Object.defineProperty(document, 'visibilityState', { get: () => (window.isSeen ? 'visible' : 'hidden') })`
const show = (page: Page, isSeen: boolean): Promise<unknown> =>
  page.evaluate(`window.isSeen = ${isSeen}; document.dispatchEvent(new Event('visibilitychange'))`)

const laptopOf = (page: Page) => page.getByRole('row').filter({ hasText: 'laptop' })

test.skipIf(without)(
  `more tabs than a browser has connections show their views, and a tab is connected while it is seen${reason}`,
  async () => {
    const { demo, browser } = room
    const { context, page, visit, faults } = await browser.open({ key: demo.lead.key })
    await visit('spokes')
    const tabs: Page[] = []
    for (let at = 0; at <= CONNECTIONS; at += 1) {
      const tab = await context.newPage()
      tab.setDefaultTimeout(20_000)
      await tab.addInitScript(HIDDEN)
      await tab.clock.install()
      await tab.goto(`${demo.hub.gateway}/console/spokes`)
      await laptopOf(tab).waitFor()
      tabs.push(tab)
    }
    const [tab] = tabs as [Page]
    const streams: string[] = []
    const isStream = (one: Request): boolean => one.url().endsWith('/console/api/events')
    tab.on('request', (one) => isStream(one) && streams.push('begun'))
    tab.on('requestfailed', (one) => isStream(one) && streams.push('ended'))
    await show(tab, true)
    await expect.poll(() => streams, WAIT).toEqual(['begun'])
    await show(tab, false)
    await tab.clock.runFor(5000)
    await show(tab, true)
    await tab.clock.runFor(20_000)
    expect(streams).toEqual(['begun'])
    await show(tab, false)
    await tab.clock.runFor(20_000)
    await expect.poll(() => streams, WAIT).toEqual(['begun', 'ended'])
    // What happened meanwhile is there when it is seen again.
    await demo.spoke()[Symbol.asyncDispose]()
    await show(tab, true)
    await laptopOf(tab).getByText('disconnected').waitFor(WAIT)
    await demo.attach()
    for (const one of [tab, page])
      await laptopOf(one).getByText('connected', { exact: true }).waitFor(WAIT)

    // A log-out that does not reach the hub is none.
    await page.route('**/console/session', (route) => route.abort('connectionreset'))
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('alert').getByText('You are still logged in').waitFor(WAIT)
    await page.unroute('**/console/session')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByLabel('API key').waitFor(WAIT)
    // A tab that was hidden while another account logged in shows that account.
    const other = await demo.hub.createKey(['spokes:read'])
    await show(tabs[1] as Page, true)
    await tabs[1]?.getByLabel('API key').waitFor(WAIT)
    await page.getByLabel('API key').fill(other.key)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.locator('.shell').waitFor(WAIT)
    await show(tabs[2] as Page, true)
    await tabs[2]?.locator(`.who [title="${other.accountId}"]`).waitFor(WAIT)
    expect(faults).toEqual([])
    await context.close()
  },
  180_000,
)

test.skipIf(without)(
  `a connection that dies without a word is noticed, said, and replaced${reason}`,
  async () => {
    const { demo } = room
    await using link = await CuttableLink.to(demo.hub.gateway)
    await using browser = await openBrowser(link.url)
    const { page, visit } = await browser.open({ key: demo.lead.key })
    await page.clock.install()
    await visit('spokes')
    const row = laptopOf(page)
    await row.getByText('connected', { exact: true }).waitFor()
    const lost = page.getByText('The connection to the hub was lost')
    await page.clock.runFor(10_000)
    expect(await lost.count()).toBe(0)
    link.freeze()
    await page.clock.runFor(60_000)
    await lost.waitFor({ timeout: 5000 })
    await demo.spoke()[Symbol.asyncDispose]()
    link.cut()
    await expect
      .poll(async () => {
        await page.clock.runFor(5000)
        return lost.count()
      }, WAIT)
      .toBe(0)
    await row.getByText('disconnected').waitFor(WAIT)
    await demo.attach()
  },
  180_000,
)

test.skipIf(without)(
  `rows stay in a list of several pages when others come, and an act on the second page is seen there${reason}`,
  async () => {
    const { demo, browser } = room
    const { page, visit, faults } = await browser.open({ key: demo.lead.key })
    const [operationId = ''] = OPERATIONS.splice(0, 1)
    const one = { operationId, delayMs: 3_600_000 }
    await demo.ok('calls.enqueueMany', { calls: Array.from({ length: 60 }, () => one) })
    await visit(`queues?op=${operationId}`)
    const links = page.locator('tbody tr td a[href^="calls/"]')
    const ids = async (): Promise<ReadonlySet<unknown>> =>
      new Set(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href'))))
    await page.getByRole('button', { name: 'Show more' }).click()
    await expect.poll(async () => (await ids()).size, WAIT).toBe(60)
    const before = await ids()
    for (let at = 0; at < 5; at += 1) await demo.ok('calls.enqueue', one)
    await expect.poll(async () => (await ids()).size, WAIT).toBe(65)
    expect(before.difference(await ids())).toEqual(new Set())

    const last = page.locator('tbody tr').last()
    await last.getByText('accepted').waitFor()
    await last.getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Abort chosen' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Abort chosen: 1' }).click()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await last.getByText('aborted', { exact: true }).waitFor(WAIT)
    expect(await links.count()).toBe(65)
    expect(faults).toEqual([])
  },
  120_000,
)

test.skipIf(without)(
  `no address, no field and no answer of a spoke takes the console away${reason}`,
  async () => {
    const { demo, browser } = room
    const { page, visit, faults } = await browser.open({ key: demo.lead.key })
    page.setDefaultTimeout(20_000)
    for (const path of [
      'calls?hours=99999999999999&slower=abc&session=abc&spoke=x&status=none&whose=none',
      'queues?status=none&op=..&tab=none',
      'fleet?state=none&order=none',
      'plan?project=..%2F..&view=none',
      'models?by=none&tab=none',
      'access?tab=none',
      'access?tab=audit&action=%00',
      'attention?kind=none',
      'workflows?status=none&name=%22',
      'operations?q=%00&in=..&type=none',
      'operations/accounts.me?input=%7B',
      'spokes/%2e%2e%2f..',
      'calls/not-an-id',
      'fleet/not-an-id',
    ]) {
      await visit(path)
      expect([path, await page.getByRole('link', { name: 'Attention' }).count()]).toEqual([path, 1])
    }
    // What does not filter is said.
    await visit('calls?session=abc&slower=soon')
    await page.getByText('The id of the session is not complete').waitFor()
    await page.getByText('“Slower than” takes a number of milliseconds').waitFor()
    // What this page reads can be left out of the list of calls.
    await call(demo.hub, demo.lead, 'roles.list')
    await visit('calls')
    const listed = (text: string) => page.getByRole('row').filter({ hasText: text })
    await listed('calls.list').first().waitFor(WAIT)
    await page.getByLabel('Also of this log-in').selectOption('no')
    await listed('roles.list').first().waitFor(WAIT)
    await expect.poll(() => listed('calls.list').count(), WAIT).toBe(0)
    // A view that fails is replaced by the reason, and the others are there.
    const strange = { callId: 'x', operationId: 'y', status: 'completed', startedAt: 'never' }
    await page.route('**/api/operations/calls.list', (route) =>
      route.fulfill({ json: { data: { items: [strange] } } }),
    )
    await page.getByRole('link', { name: 'Calls', exact: true }).click()
    await page.getByRole('alert').getByText('This view cannot be drawn').waitFor()
    await page.getByRole('link', { name: 'Access' }).click()
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByLabel('Ends after (days)').fill('99999999999')
    await page.getByRole('button', { name: 'Cancel' }).waitFor()

    // An error of a spoke with the status of a missing log-in is shown, and the log-in goes on.
    const code = 'LOCKED'
    await using safe = attachSpoke({
      hub: demo.hub.broker,
      key: demo.lead.key,
      name: 'safe',
      operations: [
        query(
          {
            id: 'safe.open',
            description: 'Opens it.',
            input: { type: 'object' },
            output: { type: 'string' },
            errorSchemas: [{ code, description: 'It is closed.', schema: {}, httpStatus: 401 }],
          },
          () => {
            throw new CodedError(code, 'It is closed.')
          },
        ),
      ],
    })
    await safe.attached()
    await visit('operations/client.safe.safe.open')
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    await page.getByRole('alert').getByText(code).waitFor()
    expect(await page.getByLabel('API key').count()).toBe(0)
    expect(faults.filter((fault) => !fault.startsWith('threw'))).toEqual([])
  },
  120_000,
)
