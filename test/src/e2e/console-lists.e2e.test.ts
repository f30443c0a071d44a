import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRoom, WAIT } from '../console/console-room.ts'
import type { ConsoleRoom } from '../console/console-room.ts'
import { chromium } from '../headless-browser.ts'
import { call } from '../http.ts'

const without = chromium === undefined
const reason = without ? ' (skipped: there is no chromium here)' : ''

let room: ConsoleRoom

beforeAll(async () => {
  if (!without) room = await openRoom()
}, 240_000)
afterAll(async () => {
  await room?.[Symbol.asyncDispose]()
})

test.skipIf(without)(
  `calls are filtered by names of spokes and accounts, and the address keeps the filter${reason}`,
  async () => {
    const { demo, browser } = room
    const { lead, ok } = demo
    await ok('dev.laptop.fs.list', { path: '.' })
    const { page, visit, faults } = await browser.open({ key: lead.key })
    await visit('calls')
    const rows = page.locator('tbody tr')
    await page.getByLabel('Spoke', { exact: true }).fill('no-such-spoke')
    await page.locator('input[aria-label="Spoke"][aria-invalid="true"]').waitFor(WAIT)
    await page.getByLabel('Spoke', { exact: true }).fill('laptop')
    const { spokeId } = await ok<{ spokeId: string }>('spokes.get', { name: 'laptop' })
    await page.waitForURL((url) => url.searchParams.get('spoke') === spokeId)
    await expect.poll(() => rows.count(), WAIT).toBeGreaterThan(0)
    for (const row of await rows.all()) expect(await row.innerText()).toContain('dev.laptop.')
    await page.reload()
    await page.locator('.shell h1').waitFor()
    expect(await page.getByLabel('Spoke', { exact: true }).inputValue()).toBe('laptop')
    await page.getByLabel('Spoke', { exact: true }).fill('')
    await page.waitForURL((url) => !url.searchParams.has('spoke'))

    const other = await demo.hub.createKey(['*'])
    await call(demo.hub, other, 'roles.list', {})
    const { email } = await ok<{ email: string }>('accounts.get', { accountId: other.accountId })
    const account = page.getByLabel('Account', { exact: true })
    await account.focus()
    await page.locator(`datalist option[value="${email}"]`).waitFor({ ...WAIT, state: 'attached' })
    await account.fill(email)
    await page.waitForURL((url) => url.searchParams.get('account') === other.accountId)
    await rows.filter({ hasText: 'roles.list' }).first().waitFor(WAIT)
    expect(faults).toEqual([])
  },
  120_000,
)
