import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openBrowser } from './console-page.ts'
import type { ConsoleBrowser } from './console-page.ts'
import { makeDemoData } from './demo-data.ts'
import type { DemoData } from './demo-data.ts'
import { startDemoHub } from './demo-hub.ts'
import type { DemoHub } from './demo-hub.ts'
import { picturesFolder } from './pictures-folder.ts'
import { viewsOf } from './views.ts'

const folder = picturesFolder()
const LOOKS = [
  ['light', 1440, 'light'],
  ['dark', 1440, 'dark'],
  ['narrow', 390, 'light'],
] as const

let demo: DemoHub
let data: DemoData
let browser: ConsoleBrowser

beforeAll(async () => {
  demo = await startDemoHub()
  data = await makeDemoData(demo)
  await demo.ok('accounts.update', { accountId: demo.lead.accountId, displayName: 'Ada Lovelace' })
  const calls = Array.from({ length: 1000 }, () => ({
    operationId: 'roles.list',
    delayMs: 3_600_000,
  }))
  for (let at = 0; at < 10; at += 1) await demo.ok('calls.enqueueMany', { calls })
  browser = await openBrowser(demo.hub.gateway)
  // The queued calls and the run end, and the session asks.
  await vi.waitUntil(
    async () => (await demo.ok<{ items: unknown[] }>('inbox.list')).items.length > 1,
    { timeout: 60_000, interval: 200 },
  )
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await demo?.[Symbol.asyncDispose]()
})

test.each(LOOKS)(
  'screens in %s',
  async (name, width, scheme) => {
    const look = await browser.open({ width, height: width < 500 ? 844 : 900, scheme })
    await look.page.screenshot({ path: join(folder, `log-in-${name}.png`) })
    const { page, visit, faults } = await browser.open({
      key: demo.lead.key,
      width,
      height: width < 500 ? 844 : 900,
      scheme,
    })
    for (const [view, path] of Object.entries(viewsOf(data))) {
      await visit(path)
      await page.screenshot({ path: join(folder, `${view}-${name}.png`) })
    }
    // What the hub does not answer, and what it answers late.
    const question = '**/api/operations/calls.list'
    await page.route(question, (route) => route.abort('connectionreset'))
    await visit('calls')
    await page.screenshot({ path: join(folder, `error-${name}.png`) })
    await page.unroute(question)
    const late = Promise.withResolvers<void>()
    await page.route(question, async (route) => {
      await late.promise
      await route.continue()
    })
    await page.goto(`${demo.hub.gateway}/console/calls`)
    await page.locator('.skeleton').waitFor()
    await page.screenshot({ path: join(folder, `slow-${name}.png`) })
    late.resolve()
    await page.locator('tbody tr').first().waitFor()
    await page.unroute(question)
    await visit('queues?status=accepted&op=roles.list')
    await page.screenshot({ path: join(folder, `rows-${name}.png`) })
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Find' }).fill('read')
    await page.getByText('fs.read').first().waitFor()
    await page.screenshot({ path: join(folder, `palette-${name}.png`) })
    expect(faults).toEqual([])
  },
  300_000,
)
