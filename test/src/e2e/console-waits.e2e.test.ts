import type { Session } from '@alkdev/contracts/agents'
import { attachSpoke, query } from '@alkdev/spoke'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRoom, WAIT } from '../console/console-room.ts'
import type { ConsoleRoom } from '../console/console-room.ts'
import { chromium } from '../headless-browser.ts'
import { call } from '../http.ts'

const without = chromium === undefined
const reason = without ? ' (skipped: there is no chromium here)' : ''
/** Queued calls of an account that run at a time. */
const RUNNING = 32

let room: ConsoleRoom

beforeAll(async () => {
  if (!without) room = await openRoom()
}, 240_000)
afterAll(async () => {
  await room?.[Symbol.asyncDispose]()
})

/** Opens what a row of the list is about, with one click, and reads why it waits. */
async function whyOf(page: Page, row: string): Promise<string> {
  await page.getByRole('row').filter({ hasText: row }).first().getByRole('link').first().click()
  await page.locator('.why').waitFor(WAIT)
  return page.locator('.why').innerText()
}

test.skipIf(without)(
  `a click in the list of queued calls says what a call waits for: its spoke, its time, the next attempt, a provider, a free place${reason}`,
  async () => {
    const { demo, browser } = room
    const { page, visit, faults } = await browser.open({ key: demo.lead.key })
    const release = Promise.withResolvers<void>()
    const io = { input: { type: 'object' }, output: { type: 'string' } } as const
    await using busy = attachSpoke({
      hub: demo.hub.broker,
      key: demo.lead.key,
      name: 'busy',
      operations: [
        query({ id: 'work.wait', description: 'Waits.', ...io }, async () => {
          await release.promise
          return 'done'
        }),
        query({ id: 'work.fail', description: 'Fails.', ...io }, () => {
          throw new Error('The disk is full.')
        }),
        query({ id: 'work.later', description: 'Is done later.', ...io }, () => 'done'),
      ],
    })
    await busy.attached()
    const queue = (operationId: string, more: object = {}) =>
      demo.ok('calls.enqueue', { operationId, ...more })
    try {
      await queue('client.busy.work.later', { delayMs: 3_600_000 })
      await visit('queues?op=client.busy.work.later')
      expect(await whyOf(page, 'work.later')).toMatch(/For its time, in (59 m|1 h)/)

      await queue('client.busy.work.fail', { backoffMs: 60_000 })
      await expect
        .poll(async () => {
          await visit('queues?op=client.busy.work.fail')
          return page.getByRole('row').filter({ hasText: '1/5' }).count()
        }, WAIT)
        .toBe(1)
      expect(await whyOf(page, 'work.fail')).toMatch(
        /Attempt 1 of 5 failed \(EXECUTION_ERROR .*\); the next one is due in (\d+ s|1 m)/,
      )

      await queue('client.busy.work.wait')
      await visit('queues?op=client.busy.work.wait&status=running')
      await page.getByRole('row').filter({ hasText: 'work.wait' }).waitFor(WAIT)
      expect(await whyOf(page, 'work.wait')).toMatch(/For the answer of busy/)
      await page.locator('.why').getByRole('link', { name: 'busy' }).click()
      await page.getByRole('heading', { name: 'busy' }).waitFor(WAIT)

      // No more calls of the account run at a time: the one behind them waits for a place.
      for (let at = 1; at < RUNNING; at += 1) await queue('client.busy.work.wait')
      const running = async () =>
        (await demo.ok<{ items: unknown[] }>('calls.queued', { status: 'running', limit: 200 }))
          .items.length
      await expect.poll(running, WAIT).toBe(RUNNING)
      await queue('accounts.me')
      await visit('queues?op=accounts.me')
      expect(await whyOf(page, 'accounts.me')).toMatch(/It is due, and waits for a free place/)
      await page.locator('.why').getByRole('link', { name: 'queue' }).click()
      await page.getByText(`${RUNNING} run`).waitFor(WAIT)
    } finally {
      release.resolve()
    }

    // Its spoke is not attached.
    const { callId } = await demo.ok<{ callId: string }>('calls.enqueue', {
      operationId: 'client.busy.work.later',
      delayMs: 3000,
    })
    await busy[Symbol.asyncDispose]()
    await visit('queues?op=client.busy.work.later')
    await page.locator(`tr:has(a[href$="${callId}"])`).getByRole('link').first().click()
    const untaken = /Nothing took it yet \((PROVIDER_UNAVAILABLE|OPERATION_NOT_FOUND) /
    await page.locator('.why').filter({ hasText: untaken }).waitFor(WAIT)
    expect(faults).toEqual([])
  },
  240_000,
)

const SESSION_WAITS: readonly (readonly [waitingOn: string, says: RegExp, link: string])[] = [
  ['approval', /For an answer/, 'all approvals'],
  ['child', /For sessions below it/, 'the tree'],
  ['timer', /For a time that it set itself/, ''],
  ['call', /For a call/, 'the calls of this session'],
  ['rate-limit', /The provider of the model takes no more requests/, 'providers'],
  ['merge', /For its branch to be merged/, 'the merge queue'],
  ['spoke', /For the spoke of its workspace to attach/, 'spokes'],
  ['grant', /Its rights ended/, 'give them'],
]

test.skipIf(without)(
  `a click in the list of sessions says what a session waits for, with the way there, for each kind${reason}`,
  async () => {
    const { demo, browser } = room
    const { page, visit, faults } = await browser.open({ key: demo.lead.key })
    const model = 'scripted/coder'
    const create = (title: string) => demo.ok<Session>('sessions.create', { title, model })

    // One that waits by itself: for the answer to what it asks.
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
    await demo.ok('sessions.create', {
      title: 'Change the port',
      model,
      role: 'careful',
      prompt: 'ask for the change of the port',
    })
    await visit('fleet?state=waiting')
    await page.getByRole('row').filter({ hasText: 'Change the port' }).waitFor(WAIT)
    expect(await whyOf(page, 'Change the port')).toMatch(/For an answer/)
    await page.locator('.why').getByRole('link', { name: 'all approvals' }).click()
    // The approval says who can answer it, until when, and what happens without an answer.
    await page.getByRole('button', { name: 'More' }).first().click()
    const details = page.locator('.details')
    await details.getByText(/Without an answer: deny, in .* It waits for you/).waitFor(WAIT)
    await page.getByRole('button', { name: 'Deny', exact: true }).click()
    await page.getByText('Nothing waits for you.').waitFor(WAIT)

    // What the other kinds say: the state is as the coordinator stores it.
    for (const [waitingOn, says, link] of SESSION_WAITS) {
      const { sessionId } = await create(`On ${waitingOn}`)
      await demo.hub.database.sql`
        update sessions set status = 'waiting', waiting_on = ${waitingOn} where id = ${sessionId}`
      await visit('fleet?state=waiting')
      expect([waitingOn, await whyOf(page, `On ${waitingOn}`)]).toEqual([
        waitingOn,
        expect.stringMatching(says),
      ])
      if (link === '') continue
      await page.locator('.why').getByRole('link', { name: link }).click()
      await page.waitForURL((url) => !url.pathname.endsWith(sessionId))
      await page.locator('.shell h1').waitFor(WAIT)
      expect([waitingOn, await page.getByText('There is no such view').count()]).toEqual([
        waitingOn,
        0,
      ])
    }
    expect(faults).toEqual([])
  },
  240_000,
)

test.skipIf(without)(
  `the plan says what each task waits for, and a click in the list of runs what a run waits for${reason}`,
  async () => {
    const { demo, browser } = room
    const { page, visit, faults } = await browser.open({ key: demo.lead.key })
    const tasks: readonly (readonly [string, readonly string[], string?])[] = [
      ['first', []],
      ['second', ['first']],
      ['free', []],
      ['stuck', [], 'blocked'],
      ['broken', [], 'failed'],
    ]
    await demo.ok('tasks.sync', {
      importStatus: true,
      files: tasks.map(([id, after, status = 'pending']) => ({
        path: `${id}.md`,
        content: `---\nid: ${id}\nname: ${id}\nstatus: ${status}\ndependsOn: [${after.join(', ')}]\n---\nText.\n`,
      })),
    })
    await call(demo.hub, demo.lead, 'tasks.claim', { task: 'first' })
    await visit('plan')
    const row = (name: string) => page.getByRole('row').filter({ hasText: name }).first()
    await row('free').getByText('nothing: it can be claimed').waitFor(WAIT)
    await row('stuck').getByText('a person who takes its block away').waitFor(WAIT)
    await row('broken').getByText('a person who opens it again').waitFor(WAIT)
    await row('second').getByRole('link', { name: 'first' }).click()
    // The view of what it waits for says who holds that.
    await page
      .locator('.why')
      .filter({ hasText: /For \S+@\S+/ })
      .waitFor(WAIT)
    await page.getByText('Holder').waitFor(WAIT)
    await visit('plan')
    await row('second').getByRole('link').first().click()
    await page.locator('.why').getByRole('link', { name: 'first' }).waitFor(WAIT)

    const step = (key: string, name: string, input: object) => ({
      type: 'operation',
      props: { name, input },
      key,
    })
    const runs: readonly (readonly [string, object, RegExp, string])[] = [
      [
        'asks',
        step('ask', 'workflows.approval', { question: 'Deploy?' }),
        /step ask waits for an answer/,
        'an answer',
      ],
      [
        'listens',
        step('gate', 'workflows.event', { event: 'go', timeoutMs: 600_000 }),
        /step gate waits for an event/,
        'an event',
      ],
      [
        'calls',
        step('work', 'client.slow.work.wait', {}),
        /step work waits for client\.slow\.work\.wait/,
        'client.slow.work.wait',
      ],
    ]
    const release = Promise.withResolvers<void>()
    await using slow = attachSpoke({
      hub: demo.hub.broker,
      key: demo.lead.key,
      name: 'slow',
      operations: [
        query(
          {
            id: 'work.wait',
            description: 'Waits.',
            input: { type: 'object' },
            output: { type: 'string' },
          },
          async () => {
            await release.promise
            return 'done'
          },
        ),
      ],
    })
    await slow.attached()
    try {
      for (const [name, template, says, link] of runs) {
        await demo.ok('workflows.create', {
          name,
          template: { type: 'sequential', children: [template] },
        })
        await demo.ok('workflows.run', { name, input: {} })
        await visit('workflows')
        await row(name).getByRole('link').first().click()
        await page.locator('.why').getByText(says).waitFor(WAIT)
        const place = page.locator('.why').getByRole('link', { name: link })
        const before = page.url()
        await place.click()
        await page.waitForURL((url) => url.href !== before)
        await page.locator('.shell h1').waitFor(WAIT)
      }
      // The call of the step says in its turn what it waits for.
      await page.locator('.why').getByText('For the answer of slow').waitFor(WAIT)
      await visit('attention')
      await page.getByText('Deploy?').waitFor(WAIT)
    } finally {
      release.resolve()
    }
    expect(faults).toEqual([])
  },
  240_000,
)
