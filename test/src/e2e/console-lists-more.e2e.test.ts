import type { Session } from '@alkdev/contracts/agents'
import { attachSpoke, query } from '@alkdev/spoke'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRoom, WAIT } from '../console/console-room.ts'
import type { ConsoleRoom } from '../console/console-room.ts'
import { chromium } from '../headless-browser.ts'
import { call } from '../http.ts'

const without = chromium === undefined
const reason = without ? ' (skipped: there is no chromium here)' : ''
const model = 'scripted/coder'

let room: ConsoleRoom

beforeAll(async () => {
  if (!without) room = await openRoom()
}, 240_000)
afterAll(async () => {
  await room?.[Symbol.asyncDispose]()
})

test.skipIf(without)(
  `the list of spokes says what each does, also of those at another replica, in one request${reason}`,
  async () => {
    const { demo, browser } = room
    const { hub, lead, ok } = demo
    const second = await hub.addBroker()
    const release = Promise.withResolvers<void>()
    const spokeAt = (name: string, url: string) =>
      attachSpoke({
        hub: url,
        key: lead.key,
        name,
        capacity: 1,
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
    await using near = spokeAt('near', hub.broker)
    await using far = spokeAt('far', second.url)
    await Promise.all([near.attached(), far.attached()])
    const calls = ['near', 'near', 'far'].map((name) => call(hub, lead, `client.${name}.work.wait`))
    const { page, visit, calls: asked, faults } = await browser.open({ key: lead.key })
    const load = (name: string) => page.getByRole('row').filter({ hasText: name }).locator('.load')
    try {
      await visit('spokes')
      await load('near').getByText('1 wait').waitFor(WAIT)
      await expect.poll(() => load('near').getAttribute('title'), WAIT).toMatch(/^1 of 1 calls run/)
      await expect
        .poll(() => load('far').getAttribute('title'), WAIT)
        .toMatch(/^1 of 1 calls run, 0 wait/)
      expect(await load('laptop').getAttribute('title')).toMatch(/^0 of \d+ calls run, 0 wait/)
      const operations = asked
        .map((one) => one.split(' ')[0])
        .filter((one) => one !== 'accounts.me')
      expect([...new Set(operations)]).toEqual(['spokes.list'])
    } finally {
      release.resolve()
    }
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200])
    await expect.poll(() => load('near').getAttribute('title'), WAIT).toMatch(/^0 of 1 calls run/)
    // Without `load` no process is asked.
    const { items } = await ok<{ items: readonly object[] }>('spokes.list')
    expect(items.filter((one) => 'load' in one)).toEqual([])
    expect(faults).toEqual([])
  },
  120_000,
)

test.skipIf(without)(
  `what waits is ordered by its deadline in the hub, and steering a tree names those that refused and sends it to the others${reason}`,
  async () => {
    const { demo, browser } = room
    const { ok, lead, hub } = demo
    const { sql } = hub.database
    await call(hub, lead, 'roles.create', {
      name: 'careful',
      mode: 'primary',
      description: 'Asks before it writes a file.',
      permissions: [
        { action: 'dev.laptop.fs.write', permission: 'ask', pattern: '*' },
        { action: '*', permission: 'allow', pattern: '*' },
      ],
      scopes: ['*'],
    })
    // The one that asked last has the most time.
    const days = { Soon: 1, Later: 2, Last: 3 }
    for (const [title, deadline] of Object.entries(days)) {
      const { sessionId } = await ok<Session>('sessions.create', {
        title,
        model,
        role: 'careful',
        prompt: 'ask for the change',
      })
      const asked = () => sql`select 1 from approvals where session_id = ${sessionId}`
      await expect.poll(async () => (await asked()).length, WAIT).toBe(1)
      await sql`
        update approvals set deadline = now() + ${`${deadline} days`}::interval
        where session_id = ${sessionId}`
    }
    const { page, visit, faults } = await browser.open({ key: lead.key })
    await visit('attention?kind=approval')
    const titles = await page.locator('.card .title').allInnerTexts()
    const order = titles.map((text) => Object.keys(days).find((title) => text.includes(title)))
    expect(order).toEqual(['Soon', 'Later', 'Last'])
    const first = await ok<{ items: { title: string }[] }>('inbox.list', {
      order: 'urgent',
      limit: 1,
    })
    expect(first.items[0]?.title).toContain('Soon')

    const parent = await ok<Session>('sessions.create', { title: 'Parent', model })
    const below = { Willing: 'slow work', Unable: 'hello' }
    for (const [title, prompt] of Object.entries(below))
      await ok('coord.spawn', { parentSessionId: parent.sessionId, prompt, title, model })
    const unable = async () =>
      (await sql<{ status: string }[]>`select status from sessions where title = 'Unable'`)[0]
        ?.status
    await expect.poll(unable, WAIT).toBe('idle')
    // A session without turns, as those of outside agents are.
    await sql`update sessions set mode = 'external' where title = 'Unable'`
    await visit('fleet?tab=trees')
    const row = page.getByRole('row').filter({ hasText: 'Parent' })
    await page.getByRole('row').filter({ hasText: 'Willing' }).waitFor(WAIT)
    await row.getByRole('button', { name: 'Steer' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Message to them').fill('and then the notes')
    await dialog.getByRole('button', { name: 'Steer', exact: true }).click()
    await dialog.getByText('2 of 3 took the message').waitFor(WAIT)
    const refused = dialog.getByRole('list', { name: 'Refused' }).getByRole('listitem')
    expect(await refused.count()).toBe(1)
    expect(await refused.innerText()).toContain('Unable')
    const messages = async (title: string): Promise<number> => {
      const [{ count = 0 } = {}] = await sql`
        select count(*)::int as count from messages m join sessions s on s.id = m.session_id
        where s.title = ${title} and m.role = 'user'`
      return count
    }
    const before = [await messages('Parent'), await messages('Willing')]
    // Sent again, it goes to the one that refused alone.
    await dialog.getByRole('button', { name: 'Steer', exact: true }).click()
    await dialog.getByText('0 of 1 took the message').waitFor(WAIT)
    expect([await messages('Parent'), await messages('Willing')]).toEqual(before)
    expect(faults).toEqual([])
  },
  180_000,
)

test.skipIf(without)(
  `an age in view follows the clock, and one that comes into view is brought up to date${reason}`,
  async () => {
    const { demo, browser } = room
    const last = 39
    for (let at = 0; at <= last; at += 1)
      await demo.ok('sessions.create', { title: `Aged ${at}`, model })
    const { page, visit, faults } = await browser.open({ key: demo.lead.key, height: 400 })
    await visit('fleet')
    const ageOf = (at: number) =>
      page
        .getByRole('row')
        .filter({ has: page.getByText(`Aged ${at}`, { exact: true }) })
        .locator('time')
        .first()
    const [seen, unseen] = [ageOf(last), ageOf(0)]
    const [seenAtFirst, unseenAtFirst] = [await seen.innerText(), await unseen.innerText()]
    await expect.poll(() => seen.innerText(), WAIT).not.toBe(seenAtFirst)
    expect(await unseen.innerText()).toBe(unseenAtFirst)
    await unseen.scrollIntoViewIfNeeded()
    await expect.poll(() => unseen.innerText(), WAIT).not.toBe(unseenAtFirst)
    expect(faults).toEqual([])
  },
  120_000,
)
