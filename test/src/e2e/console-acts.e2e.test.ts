import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Session } from '@alkdev/contracts/agents'
import { attachSpoke, query } from '@alkdev/spoke'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRoom, WAIT } from '../console/console-room.ts'
import type { ConsoleRoom } from '../console/console-room.ts'
import { chromium } from '../headless-browser.ts'
import { call } from '../http.ts'

const without = chromium === undefined
const reason = without ? ' (skipped: there is no chromium here)' : ''
const hasCurl = spawnSync('curl', ['--version']).status === 0
const model = 'scripted/coder'

let room: ConsoleRoom

beforeAll(async () => {
  if (!without) room = await openRoom()
}, 240_000)
afterAll(async () => {
  await room?.[Symbol.asyncDispose]()
})

test.skipIf(without)(
  `approvals are answered by keys alone, a dead letter leads to its call, sessions are listed by their latest activity, and a turn is interrupted${reason}`,
  async () => {
    const { demo, browser } = room
    const { hub, lead, ok } = demo
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
    const names = ['One', 'Two', 'Three']
    // A second try starts with what the first one left.
    await hub.database.sql`
      update approvals set deadline = now() where status = 'open'`
    await expect
      .poll(() => hub.database.sql`select id from approvals where status = 'open'`, WAIT)
      .toEqual([])
    const sessions = new Map<string, string>()
    for (const title of names) {
      const made = await ok<Session>('sessions.create', {
        title,
        model,
        role: 'careful',
        prompt: 'ask for the change',
      })
      sessions.set(title, made.sessionId)
    }
    const statusOf = async (title: string): Promise<unknown> =>
      (
        await hub.database.sql`
          select status, decision from approvals where session_id = ${sessions.get(title) ?? ''}`
      )[0]
    for (const title of names) await expect.poll(() => statusOf(title), WAIT).toBeDefined()

    const { page, visit, faults } = await browser.open({ key: lead.key })
    await visit('attention?kind=approval')
    const cards = page.locator('.card')
    const titles = async (): Promise<readonly string[]> =>
      (await cards.locator('.title').allInnerTexts()).map(
        (text) => names.find((name) => text.includes(name)) ?? text,
      )
    await expect.poll(async () => (await titles()).length, WAIT).toBe(3)
    const [first = '', second = '', third = ''] = await titles()
    const focused = page.locator('.card:focus .title')
    expect(await cards.first().innerText()).toMatch(/denied if not answered in \d+ h/)
    // The keys find the list by themselves, and a command of the browser answers nothing.
    await page.keyboard.press('j')
    expect(await focused.innerText()).toContain(first)
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Control+d')
    await page.keyboard.press('j')
    expect(await focused.innerText()).toContain(second)
    await page.keyboard.press('k')
    expect(await focused.innerText()).toContain(first)
    await page.keyboard.press('j')
    await page.keyboard.press('d')
    await expect.poll(titles, WAIT).toEqual([first, third])
    // They go on with the next card; a key that is held down answers one.
    expect(await focused.innerText()).toContain(third)
    await page.keyboard.press('k')
    await page.keyboard.down('a')
    await expect.poll(titles, WAIT).toEqual([third])
    expect(await focused.innerText()).toContain(third)
    await page.keyboard.down('a')
    await page.keyboard.up('a')
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByText('Without an answer: deny').waitFor(WAIT)
    expect(await titles()).toEqual([third])
    expect(await statusOf(second)).toMatchObject({ decision: 'deny' })
    expect(await statusOf(first)).toMatchObject({ decision: 'allow' })
    expect(await statusOf(third)).toMatchObject({ status: 'open' })

    // A queued call that failed permanently leads to what it was.
    await ok('calls.enqueue', {
      operationId: 'dev.laptop.fs.read',
      input: { path: 'no-such-file' },
      maxAttempts: 1,
    })
    await visit('attention?kind=dead-letter')
    await page.getByRole('link', { name: 'Show the call' }).click(WAIT)
    await page.getByRole('heading', { name: 'dev.laptop.fs.read' }).waitFor(WAIT)
    await page.getByText('FILE_NOT_FOUND').first().waitFor(WAIT)

    // One that was made before others was active last.
    await ok('sessions.create', { title: 'Newest', model })
    for (const title of [first, second]) {
      const sessionId = sessions.get(title)
      const status = async () => (await ok<Session>('sessions.get', { sessionId })).status
      await expect.poll(status, WAIT).toBe('idle')
    }
    await ok('sessions.prompt', { sessionId: sessions.get(first), text: 'hello' })
    await visit('fleet')
    const top = page.locator('tbody tr').first()
    await top.getByText('Newest', { exact: true }).waitFor(WAIT)
    await page.getByLabel('Newest first').selectOption('activity')
    await top.getByText(first, { exact: true }).waitFor(WAIT)
    expect(new URL(page.url()).searchParams.get('order')).toBe('activity')

    // A message in place of the turn that runs.
    const { sessionId } = await ok<Session>('sessions.create', {
      title: 'Interrupted',
      model,
      prompt: 'slow work',
    })
    await visit(`fleet/${sessionId}`)
    await page.locator('.draft').getByText('one two three').waitFor(WAIT)
    await page.getByLabel('Message').fill('hello')
    await page.getByLabel('When').selectOption('interrupt')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('You said hello').waitFor(WAIT)
    expect(faults).toEqual([])
  },
  180_000,
)

test.skipIf(without)(
  `a spoke is disconnected, a key is rotated and revoked, copies of a call work elsewhere, and a large answer is saved${reason}`,
  async () => {
    const { demo, browser } = room
    const { hub, lead, ok } = demo
    const { page, visit, faults } = await browser.open({ key: lead.key })
    page.setDefaultTimeout(15_000)
    const confirm = (name: string) =>
      page.getByRole('dialog').getByRole('button', { name, exact: true }).click()

    const text = 'x'.repeat(100_000)
    await using spoke = attachSpoke({
      hub: hub.broker,
      key: lead.key,
      name: 'bench',
      operations: [
        query(
          {
            id: 'work.large',
            description: 'Answers with a long text.',
            input: { type: 'object' },
            output: { type: 'string' },
          },
          () => text,
        ),
      ],
    })
    await spoke.attached()
    await visit('operations/client.bench.work.large')
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    expect(JSON.parse(readFileSync(await (await saved).path(), 'utf8'))).toBe(text)

    await visit('spokes/bench')
    await page.getByRole('button', { name: 'Disconnect' }).click()
    await confirm('Disconnect')
    await page.getByText('disconnected').first().waitFor(WAIT)

    const input = encodeURIComponent(JSON.stringify({ name: 'laptop' }))
    await visit(`operations/spokes.get?input=${input}`)
    const copyOf = async (name: string): Promise<string> => {
      await page.getByText(name, { exact: true }).click()
      return page.getByRole('region', { name, exact: true }).innerText()
    }
    const command = hasCurl ? await copyOf('curl') : `echo '{"data":{"name":"laptop"}}'`
    const env = { ...process.env, ALKHUB_KEY: lead.key }
    const { stdout } = await promisify(execFile)('bash', ['-c', command], { env, timeout: 30_000 })
    expect(JSON.parse(stdout)).toMatchObject({ data: { name: 'laptop' } })
    expect(JSON.parse(await copyOf('MCP'))).toEqual({
      name: 'call',
      arguments: { operationId: 'spokes.get', input: { name: 'laptop' } },
    })
    expect(await copyOf('TypeScript')).toContain(`hub: '${hub.gateway}'`)

    const works = async (key: string): Promise<boolean> =>
      (await call(hub, { key }, 'accounts.me')).status === 200
    const former = await ok<{ key: string; keyId: string }>('keys.create', {
      name: 'nightly',
      scopes: ['calls:read'],
    })
    await visit('access')
    const row = page.getByRole('row').filter({ hasText: 'nightly' })
    await row.getByRole('button', { name: 'Rotate' }).click()
    await confirm('Rotate')
    const later = (await page.locator('.secret code').textContent(WAIT)) ?? ''
    await expect.poll(() => works(former.key), WAIT).toBe(false)
    expect(await works(later)).toBe(true)
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.locator(`[title="${former.keyId}"]`).waitFor({ ...WAIT, state: 'detached' })
    await row.getByRole('button', { name: 'Revoke' }).click()
    await confirm('Revoke')
    await row.waitFor({ ...WAIT, state: 'detached' })
    await expect.poll(() => works(later), WAIT).toBe(false)

    // Light and dark stay as they were chosen.
    const theme = () => page.locator('html').getAttribute('data-theme')
    await page.getByRole('button', { name: 'Light or dark' }).click()
    expect(await theme()).toBe('dark')
    await page.reload()
    await page.locator('.shell h1').waitFor(WAIT)
    expect(await theme()).toBe('dark')
    await page.getByRole('button', { name: 'Light or dark' }).click()
    expect(await theme()).toBe('light')
    expect(faults).toEqual([])
  },
  180_000,
)
