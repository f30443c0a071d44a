import type { Session } from '@alkdev/contracts/agents'
import type { Page } from 'playwright-core'
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

interface Listed {
  readonly callId: string
  readonly repeatedAs?: string
}

/** Ids of what a list has. */
async function listed(operationId: string, input: object): Promise<readonly Listed[]> {
  return (await room.demo.ok<{ items: readonly Listed[] }>(operationId, { limit: 200, ...input }))
    .items
}

const counted = async (operationId: string, input: object): Promise<number> =>
  (await listed(operationId, input)).length

/** From all pages. */
async function countedAll(operationId: string, input: object): Promise<number> {
  let found = 0
  let cursor: string | undefined
  do {
    const page = await room.demo.ok<{ items: readonly Listed[]; nextCursor?: string }>(
      operationId,
      {
        limit: 200,
        ...input,
        ...(cursor !== undefined && { cursor }),
      },
    )
    found += page.items.length
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found
}

const choose = (page: Page, id: string) =>
  page.getByRole('checkbox', { name: `Choose ${id}` }).check()

/** Lets the first of the requests of an operation pass, and holds the others until the returned function is called. */
async function holdAfter(page: Page, operationId: string, passed: number): Promise<() => void> {
  const held = Promise.withResolvers<void>()
  let seen = 0
  await page.route(`**/api/operations/${operationId}`, async (route) => {
    seen += 1
    if (seen > passed) await held.promise
    await route.continue()
  })
  return held.resolve
}

async function confirm(page: Page, name: string): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name, exact: true }).click()
}

test.skipIf(without)(
  `dead letters that are chosen, and then all that match, are repeated after they were counted, and no other is${reason}`,
  async () => {
    const { demo, browser } = room
    const { page, visit, faults } = await browser.open({ key: demo.lead.key })
    const dialog = page.getByRole('dialog')
    const paths = [0, 1, 2, 3, 4].map((at) => `later-${at}.txt`)
    for (const path of paths)
      await demo.ok('calls.enqueue', { operationId: 'dev.laptop.fs.read', input: { path } })
    await expect.poll(() => counted('calls.deadLetters', {}), WAIT).toBe(5)
    // What they lacked is there now, so that those that are repeated succeed.
    for (const path of paths) await demo.ok('dev.laptop.fs.write', { path, content: path })

    await visit('queues?status=failed')
    const dead = await listed('calls.deadLetters', {})
    const chosen = dead.slice(1, 3).map(({ callId }) => callId)
    for (const id of chosen) await choose(page, id)
    await page.getByRole('button', { name: 'Repeat chosen' }).click()
    await dialog.getByText('2 are chosen').waitFor(WAIT)
    const release = await holdAfter(page, 'calls.repeatDead', 1)
    await confirm(page, 'Repeat chosen: 2')
    await dialog.getByText('1 of 2 done').waitFor(WAIT)
    release()
    await dialog.getByText('2 of 2 done').waitFor(WAIT)
    await confirm(page, 'Close')
    await page.unroute('**/api/operations/calls.repeatDead')
    const repeated = (await listed('calls.queued', {})).filter(
      (one) => one.repeatedAs !== undefined,
    )
    expect(repeated.map(({ callId }) => callId).toSorted()).toEqual(chosen.toSorted())
    await expect.poll(() => counted('calls.queued', { status: 'completed' }), WAIT).toBe(2)
    expect(await counted('calls.deadLetters', {})).toBe(3)

    // All that the filters match. One of them is repeated by another person between the count and the act: it is refused, and the others are done.
    await visit('queues?status=failed&op=dev.laptop.fs.read')
    await page.getByRole('button', { name: 'Repeat all' }).click()
    await dialog.getByText('3 match the filters').waitFor(WAIT)
    const [first] = await listed('calls.deadLetters', {})
    await demo.ok('calls.repeatDead', { callId: first?.callId })
    await confirm(page, 'Repeat all: 3')
    await dialog.getByText('2 of 3 done, 1 refused').waitFor(WAIT)
    await confirm(page, 'Close')
    await expect.poll(() => counted('calls.queued', { status: 'completed' }), WAIT).toBe(5)
    expect(await counted('calls.deadLetters', {})).toBe(0)
    await page.getByRole('button', { name: 'Repeat all' }).click()
    await dialog.getByText('0 match the filters').waitFor(WAIT)
    expect(await dialog.getByRole('button', { name: 'Repeat all: 0' }).isDisabled()).toBe(true)
    expect(faults).toEqual([])
  },
  180_000,
)

test.skipIf(without)(
  `queued calls that are chosen are aborted, and an act on many is stopped in between${reason}`,
  async () => {
    const { demo, browser } = room
    const { page, visit, faults } = await browser.open({ key: demo.lead.key })
    const dialog = page.getByRole('dialog')
    const waiting = { status: 'accepted', operationId: 'orgs.list' }
    const later = { operationId: 'orgs.list', delayMs: 3_600_000 }
    await demo.ok('calls.enqueueMany', { calls: Array.from({ length: 5 }, () => later) })
    await visit('queues?op=orgs.list')
    // Nothing is chosen, and the filters leave calls in any state: there is nothing to do.
    expect(await page.getByRole('button', { name: /^(Abort|Repeat)/ }).count()).toBe(0)
    const ids = (await listed('calls.queued', waiting)).map(({ callId }) => callId)
    await page.getByRole('checkbox', { name: 'Choose all rows shown' }).check()
    await page.getByRole('checkbox', { name: `Choose ${ids[0]}` }).uncheck()
    await page.getByRole('checkbox', { name: `Choose ${ids[1]}` }).uncheck()
    expect(page.url()).toContain('/queues?')
    await page.getByRole('button', { name: 'Abort chosen' }).click()
    await dialog.getByText('3 are chosen').waitFor(WAIT)
    await confirm(page, 'Abort chosen: 3')
    await dialog.getByText('3 of 3 done').waitFor(WAIT)
    await confirm(page, 'Close')
    const left = await listed('calls.queued', waiting)
    expect(left.map(({ callId }) => callId).toSorted()).toEqual(ids.slice(0, 2).toSorted())

    // In requests of 200; stopped after the first: the one that is under way ends, the others stay. One that another person aborts meanwhile is refused.
    const many = { calls: Array.from({ length: 500 }, () => later) }
    await demo.ok('calls.enqueueMany', many)
    await visit('queues?status=accepted&op=orgs.list')
    await page.getByRole('button', { name: 'Abort all' }).click()
    await dialog.getByText('502 match the filters').waitFor(WAIT)
    const [newest] = await listed('calls.queued', waiting)
    await demo.ok('calls.abort', { callId: newest?.callId })
    const release = await holdAfter(page, 'calls.abortMany', 1)
    await confirm(page, 'Abort all: 502')
    await dialog.getByText('199 of 502 done, 1 refused').waitFor(WAIT)
    await confirm(page, 'Stop')
    release()
    await expect.poll(() => countedAll('calls.queued', waiting), WAIT).toBe(102)
    expect(faults).toEqual([])
  },
  180_000,
)

test.skipIf(without)(
  `approvals are answered in bulk, and sessions are stopped in bulk, as many as were counted${reason}`,
  async () => {
    const { demo, browser } = room
    const { page, visit, faults } = await browser.open({ key: demo.lead.key })
    const dialog = page.getByRole('dialog')
    await call(demo.hub, demo.lead, 'roles.create', {
      name: 'careful',
      mode: 'primary',
      description: 'Asks before it writes a file.',
      permissions: [
        { action: 'dev.laptop.fs.write', permission: 'ask', pattern: '*' },
        { action: '*', permission: 'allow', pattern: '*' },
      ],
      scopes: ['*'],
    })
    const start = async (title: string, prompt: string, more: object = {}): Promise<string> => {
      const { sessionId } = await demo.ok<Session>('sessions.create', {
        title,
        model: 'scripted/coder',
        prompt,
        ...more,
      })
      return sessionId
    }
    const open = () => counted('inbox.list', { kinds: ['approval'] })
    const statusOf = async (sessionId: string): Promise<string> =>
      (await demo.ok<Session>('sessions.get', { sessionId })).status
    const answers: readonly (readonly [string, number])[] = [
      ['allow', 3],
      ['deny', 2],
    ]
    for (const [decision, number] of answers) {
      const asking: string[] = []
      for (let at = 0; at < number; at += 1)
        asking.push(await start(`Ask ${at}`, 'ask for the change', { role: 'careful' }))
      await expect.poll(open, WAIT).toBe(number)
      await visit('attention?kind=approval')
      const label = decision === 'allow' ? 'Allow all' : 'Deny all'
      await page.getByRole('button', { name: label }).click()
      await dialog.getByText(`${number} match the filters`).waitFor(WAIT)
      await confirm(page, `${label}: ${number}`)
      await dialog.getByText(`${number} of ${number} done`).waitFor(WAIT)
      await confirm(page, 'Close')
      await page.getByText('Nothing waits for you.').waitFor(WAIT)
      expect(await open()).toBe(0)
      const { items } = await demo.ok<{ items: readonly { decision?: string }[] }>(
        'approvals.list',
        { status: 'answered', limit: 200 },
      )
      expect(items.filter((one) => one.decision === decision)).toHaveLength(number)
      for (const sessionId of asking)
        await expect.poll(() => statusOf(sessionId), WAIT).toBe('idle')
    }

    const working: string[] = []
    for (let at = 0; at < 4; at += 1) working.push(await start(`Slow ${at}`, 'slow please'))
    const running = () => counted('sessions.list', { status: 'running' })
    await expect.poll(running, WAIT).toBe(4)
    await visit('fleet?state=running')
    for (const id of working.slice(0, 2)) await choose(page, id)
    await page.getByRole('button', { name: 'Stop chosen' }).click()
    await dialog.getByText('2 are chosen').waitFor(WAIT)
    await confirm(page, 'Stop chosen: 2')
    await dialog.getByText('2 of 2 done').waitFor(WAIT)
    await confirm(page, 'Close')
    await expect.poll(running, WAIT).toBe(2)
    for (const id of working.slice(2)) expect(await statusOf(id)).toBe('running')
    await page.getByRole('button', { name: 'Stop all' }).click()
    await dialog.getByText('2 match the filters').waitFor(WAIT)
    await confirm(page, 'Stop all: 2')
    await dialog.getByText('2 of 2 done').waitFor(WAIT)
    await confirm(page, 'Close')
    await expect.poll(running, WAIT).toBe(0)
    expect(faults).toEqual([])
  },
  240_000,
)
