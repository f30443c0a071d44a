import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devOperations } from '@alkdev/dev-spoke'
import { attachSpoke, query } from '@alkdev/spoke'
import { compact } from '@alkdev/std'
import axe from 'axe-core'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../console/console-page.ts'
import type { ConsoleBrowser, ConsolePage } from '../console/console-page.ts'
import { makeDemoData } from '../console/demo-data.ts'
import type { DemoData } from '../console/demo-data.ts'
import { startDemoHub } from '../console/demo-hub.ts'
import type { DemoHub } from '../console/demo-hub.ts'
import { viewsOf } from '../console/views.ts'
import { chromium } from '../headless-browser.ts'
import { ask, call } from '../http.ts'
import { serviceMain } from '../programs.ts'
import { Machine } from '../torture/machine.ts'

const without = chromium === undefined
const reason = without ? ' (skipped: there is no chromium here)' : ''
/** For what another process must do first. */
const WAIT = { timeout: 60_000 }
const MAX_SCRIPT_BYTES = 90 * 1024

let demo: DemoHub
let data: DemoData
let browser: ConsoleBrowser

beforeAll(async () => {
  if (without) return
  demo = await startDemoHub()
  data = await makeDemoData(demo)
  browser = await openBrowser(demo.hub.gateway)
}, 240_000)
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await demo?.[Symbol.asyncDispose]()
})

const keyOf = (scopes: readonly string[]) => demo.hub.createKey(scopes)

/** Takes the first hit of this kind in what Ctrl K finds. */
async function findIn(page: Page, text: string, kind: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find' }).fill(text)
  const hit = page.getByRole('option').filter({ has: page.getByText(kind, { exact: true }) })
  await hit.first().click()
  await page.getByRole('combobox', { name: 'Find' }).waitFor({ state: 'detached' })
}

async function noFaults({ page, faults }: ConsolePage): Promise<void> {
  expect(faults).toEqual([])
  expect(await page.evaluate(`'hit' in window`)).toBe(false)
}

test.skipIf(without)('the scripts of the first load are at most 90 KiB compressed', () => {
  const scripts = demo.files.filter(({ name }) => name.endsWith('.js'))
  expect(scripts.length).toBeGreaterThan(0)
  expect(scripts.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)).toBeLessThan(MAX_SCRIPT_BYTES)
})

test.skipIf(without)(
  `an operator logs in, calls an operation, repeats a failed call, makes a key and logs out${reason}`,
  async () => {
    const opened = await browser.open({ key: demo.lead.key })
    const { page, context, visit } = opened
    // The key is nowhere in the page, and the cookie is out of reach of scripts.
    expect(
      await page.evaluate(`[document.cookie, localStorage.length, sessionStorage.length]`),
    ).toEqual(['', 0, 0])
    const [cookie] = await context.cookies(`${demo.hub.gateway}/console/`)
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/console' })

    // Finds an operation and calls it through the form.
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Find' }).fill('dev.laptop.fs.read')
    await page.getByRole('option').getByText('dev.laptop.fs.read', { exact: true }).click()
    await page.getByLabel(/^path/).fill('settings.json')
    await page.getByText(`./alkhub call dev.laptop.fs.read '{"path":"settings.json"}'`).waitFor()
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    await page
      .getByRole('region', { name: 'dev.laptop.fs.read result' })
      .getByText('3000')
      .waitFor()

    // Finds the failed call of earlier, and repeats it.
    await visit('calls?op=dev.laptop.fs.read&status=failed&hours=24')
    await page
      .getByRole('row')
      .filter({ hasText: 'FILE_NOT_FOUND' })
      .last()
      .getByRole('link')
      .first()
      .click()
    await page
      .getByText(/is not there/)
      .first()
      .waitFor()
    const before = page.url()
    await page.getByRole('button', { name: 'Repeat' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Repeat' }).click()
    await page.waitForURL((url) => url.href !== before && url.pathname.includes('/console/calls/'))
    await page
      .getByText(/is not there/)
      .first()
      .waitFor()

    // Makes a key, which is shown once.
    await visit('access')
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByLabel(/^Name/).fill('from-the-console')
    await page.getByLabel(/^Scopes/).fill('calls:read')
    await page.getByRole('button', { name: 'Create' }).click()
    const shown = await page.locator('.secret code').textContent()
    expect((await call(demo.hub, { key: shown ?? '' }, 'accounts.me')).status).toBe(200)
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.reload()
    await page.getByText('from-the-console').first().waitFor()
    expect(await page.content()).not.toContain(shown)

    await noFaults(opened)
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('API key').waitFor()
    const stale = { cookie: `${cookie?.name}=${cookie?.value}`, 'x-alkhub-console': '1' }
    const after = await ask(demo.hub, 'POST', '/console/api/operations/accounts.me', {
      body: {},
      headers: stale,
    })
    expect(after.status).toBe(401)
  },
  180_000,
)

test.skipIf(without)(
  `a link logs in once, and a view shows the log-in when its key is revoked${reason}`,
  async () => {
    const { key, keyId } = await keyOf(['*'])
    const { body } = await ask(demo.hub, 'POST', '/console/links', { key })
    const link = `${demo.hub.gateway}/${body.path}`
    const { page } = await browser.open()
    await page.goto(link)
    await page.locator('.shell').waitFor()
    expect(page.url()).not.toContain('link')
    const second = await browser.open()
    await second.page.goto(link)
    await second.page.getByText('This link was used already').waitFor()

    // A page that is left while a link logs in says so, and how to go on.
    const held = Promise.withResolvers<void>()
    await second.page.route('**/console/session', () => held.resolve())
    await second.page.goto(`${demo.hub.gateway}/console/#link=${'A'.repeat(43)}`)
    await held.promise
    await second.page.reload()
    await second.page.getByText('A link works once').waitFor()
    await second.page.unroute('**/console/session')
    // One that has expired, or never was.
    await second.page.goto(`${demo.hub.gateway}/console/#link=${'B'.repeat(43)}`)
    await second.page.getByText('is older than five minutes').waitFor()
    expect(await second.page.getByText('A link works once').count()).toBe(0)

    await page.goto(`${demo.hub.gateway}/console/calls`)
    await page.locator('.shell h1').waitFor()
    await call(demo.hub, { key }, 'keys.revoke', { keyId })
    await page.getByLabel('API key').waitFor(WAIT)
    // The view is where it was, for the next log-in.
    expect(page.url()).toContain('/console/calls')
  },
  120_000,
)

test.skipIf(without)(
  `a lead answers an approval from the inbox while the session is watched, steers it and follows the plan${reason}`,
  async () => {
    const opened = await browser.open({ key: demo.lead.key })
    const { page, visit } = opened
    await expect
      .poll(
        async () =>
          (await demo.ok<{ items: unknown[] }>('inbox.list', { kinds: ['approval'] })).items.length,
        WAIT,
      )
      .toBe(1)
    await visit('attention')
    const watching = await browser.open({ key: demo.lead.key })
    await watching.visit(`fleet/${data.sessionId}`)
    await watching.page.getByText('I will write the new port').waitFor()
    await page.getByText('Move the service to port 4000').waitFor()
    await page.getByRole('button', { name: 'More' }).first().click()
    await page.getByText('Without an answer').waitFor()
    await page.getByRole('button', { name: 'Allow' }).click()
    await watching.page.getByText('Done.').waitFor(WAIT)
    await page.getByText('Move the service to port 4000').waitFor({ ...WAIT, state: 'detached' })

    // Sees text as it comes, and stops it.
    await watching.page.getByLabel('Message').fill('slow please')
    await watching.page.getByRole('button', { name: 'Send' }).click()
    await watching.page.locator('.draft').getByText('one two three').waitFor(WAIT)
    // Messages are not taken back while a turn works.
    const revert = watching.page.getByRole('button', { name: 'Revert' })
    await expect.poll(() => revert.count(), WAIT).toBe(0)
    // Steers it: the message goes into the turn that runs.
    await watching.page.getByLabel('Message').fill('and then the notes')
    await watching.page.getByLabel('When').selectOption('steer')
    await watching.page.getByRole('button', { name: 'Send' }).click()
    await watching.page
      .locator('.message.user')
      .filter({ hasText: 'and then the notes' })
      .getByText('steer', { exact: true })
      .waitFor(WAIT)
    await watching.page.getByRole('button', { name: 'Stop the turn' }).click()
    await watching.page.getByRole('dialog').getByRole('button', { name: 'Stop the turn' }).click()
    await watching.page.locator('.draft').waitFor({ ...WAIT, state: 'detached' })
    await expect.poll(() => revert.count(), WAIT).toBeGreaterThan(0)

    // The plan says what moves when a task takes longer, and changes without a reload.
    await visit('plan')
    await page.getByText('2/9').waitFor()
    await page.getByText('What if a task takes longer?').click()
    await page.getByLabel('Task that takes longer').selectOption('api')
    await page.getByRole('button', { name: 'Show what moves' }).click()
    await page.getByText('The end moves by').waitFor()
    // A task says what it waits for.
    await visit('plan/ui')
    await page.locator('.why').getByRole('link', { name: 'auth' }).waitFor()
    await page.getByText('none: critical path').waitFor()
    await visit('plan')
    const { claim } = await demo.ok<{ claim?: { token: number } }>('tasks.get', { task: 'api' })
    await demo.ok('tasks.updateStatus', {
      task: 'api',
      status: 'completed',
      ...compact({ token: claim?.token }),
    })
    await page.getByText('3/9').waitFor(WAIT)
    for (const task of ['auth', 'search', 'ui', 'load-test', 'docs', 'release']) {
      const claimed = await demo.ok<{ claim: { token: number } }>('tasks.claim', { task })
      await demo.ok('tasks.updateStatus', { task, status: 'completed', token: claimed.claim.token })
    }
    await page.getByText('9/9').waitFor(WAIT)

    // Ends a session with the one below it, after it has seen which.
    await demo.ok('coord.spawn', {
      parentSessionId: data.treeSessionId,
      prompt: 'slow work',
      title: 'Slow work',
      model: 'scripted/coder',
    })
    await visit('fleet?tab=trees')
    const tree = page.getByRole('row').filter({ hasText: 'Read the folder' })
    await page.getByRole('row').filter({ hasText: 'Slow work' }).getByText('running').waitFor(WAIT)
    await tree.getByRole('button', { name: 'End' }).click()
    await page.getByRole('dialog').getByText('Slow work').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'End' }).click()
    await page
      .getByText('Slow work')
      .first()
      .waitFor({ ...WAIT, state: 'detached' })
    await noFaults(opened)
    await noFaults(watching)

    // A session that is opened at its end is followed.
    const low = await browser.open({ key: demo.lead.key, height: 300 })
    await low.visit(`fleet/${data.sessionId}`)
    const scrolled = () => low.page.locator('main').evaluate((main) => main.scrollTop)
    await expect.poll(scrolled, WAIT).toBeGreaterThan(0)
    expect(await low.page.getByRole('button', { name: 'To the newest' }).count()).toBe(0)
  },
  240_000,
)

test.skipIf(without)(
  `an operator watches a queue drain and a coordinator being killed, branches a run that failed, sets a budget and finds things by their names${reason}`,
  async () => {
    const opened = await browser.open({ key: demo.lead.key })
    const { page, visit } = opened
    // A replica in a process of its own, which is killed while the views are open.
    await using replica = new Machine({
      name: 'coordinator',
      args: [serviceMain('coordinator')],
      cwd: join(import.meta.dirname, '../../..'),
      env: {
        ALKHUB_CONFIG_PATH: join(demo.hub.configDir, 'coordinator.json'),
        ALKHUB_MASTER_KEY_PATH: demo.hub.masterKeyPath,
      },
    })
    replica.start()
    const health = await browser.open({ key: demo.lead.key })
    await health.visit('health')
    const row = health.page.getByRole('row').filter({ hasText: 'coordinator' })
    await row.getByText('2 instances take calls.').waitFor(WAIT)
    await visit('queues?status=accepted&op=orgs.list')
    const rows = page.locator('tbody tr')
    for (let at = 0; at < 3; at += 1)
      await demo.ok('calls.enqueue', { operationId: 'orgs.list', delayMs: 20_000 })
    await expect.poll(() => rows.count(), WAIT).toBe(3)
    await rows.first().getByRole('link').first().click()
    await page.getByText('For its time').waitFor(WAIT)
    await page.goBack()
    await replica.kill()
    await row.getByText('One instance takes calls.').waitFor(WAIT)
    await page.getByText('No queued call matches.').waitFor(WAIT)
    expect(
      await demo.ok('calls.queued', { status: 'completed', operationId: 'orgs.list' }),
    ).toMatchObject({
      items: [{}, {}, {}],
    })

    // The run failed at a step: it is branched there with another input.
    await visit(`workflows/${data.runId}`)
    await page.getByText('FILE_NOT_FOUND').first().waitFor(WAIT)
    await page.getByRole('link', { name: 'Branch from here' }).click()
    await page.getByLabel(/^input/).fill('{"path":"settings.json"}')
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    await page.getByText('parentRunId').waitFor(WAIT)
    await visit('workflows?status=completed')
    await expect.poll(() => rows.count(), WAIT).toBe(1)
    await rows.first().getByRole('link').first().click()
    await page.getByText('Branched from').waitFor(WAIT)

    // What it cost, and a limit.
    await visit('models?tab=budgets')
    await page.getByRole('link', { name: 'Set a budget' }).click()
    await page.waitForURL((url) => url.pathname.endsWith('/operations/budgets.set'))
    await visit(
      `operations/budgets.set?input=${encodeURIComponent(
        JSON.stringify({
          subjectType: 'account',
          subjectId: demo.lead.accountId,
          unit: 'tokens',
          period: 'month',
          limit: 123_000,
        }),
      )}`,
    )
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    await page.getByRole('region', { name: 'budgets.set result' }).waitFor(WAIT)
    await visit('models?tab=budgets')
    await page
      .getByText(/123[,.]?000|123K/)
      .first()
      .waitFor(WAIT)

    // Names of sessions, tasks, spokes and keys. Of a whole key nothing but its beginning is sent.
    const find = (text: string, kind: string): Promise<void> => findIn(page, text, kind)
    await find('port 4000', 'Session')
    await page.getByRole('heading', { name: 'Move the service to port 4000' }).waitFor(WAIT)
    await find('load-test', 'Task')
    await page.getByRole('heading', { name: 'Measure 1,000 orders a second' }).waitFor(WAIT)
    await find('lapt', 'Spoke')
    await page.getByRole('heading', { name: 'laptop' }).waitFor(WAIT)
    const sent: string[] = []
    page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`))
    await find(demo.lead.key, 'Key')
    await page.getByRole('heading', { name: 'Access' }).waitFor(WAIT)
    expect(sent.length).toBeGreaterThan(0)
    expect(sent.join(' ')).not.toContain(demo.lead.key)
    expect(page.url()).not.toContain(demo.lead.key)
    await noFaults(opened)
    await noFaults(health)
  },
  240_000,
)

test.skipIf(without)(
  `a spoke author sees the spoke leave and come back, and watches a subscription${reason}`,
  async () => {
    const opened = await browser.open({ key: demo.lead.key })
    const { page, visit } = opened
    await visit('spokes')
    const row = page.getByRole('row').filter({ hasText: 'laptop' })
    await row.getByText('connected', { exact: true }).waitFor()
    await demo.spoke()[Symbol.asyncDispose]()
    await row.getByText('disconnected').waitFor(WAIT)
    await demo.attach()
    await row.getByText('connected', { exact: true }).waitFor(WAIT)
    await row.getByRole('link').click()
    await page.getByRole('link', { name: 'dev.laptop.fs.read', exact: true }).waitFor()

    await visit('operations/calls.watch')
    await page.getByRole('button', { name: 'Watch' }).click()
    await page.getByText(/[1-9]\d* items/).waitFor(WAIT)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: 'Watch' }).waitFor()

    // Two spokes offer different things under one name: the second is in no pool, and the page shows what is different.
    const offer = (name: string, member: string) =>
      attachSpoke({
        hub: demo.hub.broker,
        key: demo.lead.key,
        name,
        operations: [
          query(
            {
              id: 'greet.hello',
              description: 'Greets.',
              pool: true,
              input: {
                type: 'object',
                properties: { [member]: { type: 'string' } },
                required: [member],
              },
              output: { type: 'string' },
            },
            () => 'Hello',
          ),
        ],
      })
    await using first = offer('first', 'name')
    await first.attached()
    await using second = offer('second', 'person')
    await second.attached()
    await visit('spokes/second')
    await page.getByText('quarantined').waitFor(WAIT)
    await page.getByRole('button', { name: 'Compare' }).click()
    await page.getByRole('region', { name: 'Diff' }).getByText('"person"').first().waitFor(WAIT)

    // Before maintenance: no new calls, and the spoke stays away.
    await visit('spokes/laptop')
    await page.getByRole('button', { name: 'Drain' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click()
    await page.getByText('disconnected').first().waitFor(WAIT)
    await demo.spoke().ended.catch(() => undefined)
    await demo.attach()
    await page.getByText('connected', { exact: true }).waitFor(WAIT)
    expect(opened.faults).toEqual([])
  },
  180_000,
)

test.skipIf(without)(
  `a viewer sees everything and can act on nothing; a failure is not shown as empty${reason}`,
  async () => {
    const { key } = await demo.hub.createKey(
      ['calls:read', 'spokes:read', 'sessions:read', 'system:read', 'keys:read', 'tasks:read'],
      demo.lead.accountId,
    )
    const opened = await browser.open({ key })
    const { page, visit } = opened
    await visit('attention')
    await page.getByRole('listitem').filter({ hasText: 'expires in' }).getByText('ci').waitFor(WAIT)
    const acts: Record<string, readonly string[]> = {
      attention: ['Allow', 'Deny'],
      'attention?kind=approval': ['Allow all', 'Deny all'],
      'spokes/laptop': ['Drain', 'Disconnect'],
      access: ['New key', 'Rotate', 'Revoke'],
      'fleet?tab=trees&ended=yes': ['End', 'Steer'],
      [`fleet/${data.sessionId}`]: ['Send', 'Stop the turn', 'Fork', 'Revert'],
      'plan/ui': ['Claim'],
      [`calls/${data.failedCallId}`]: ['Repeat'],
      [`calls/${data.waitingCallId}`]: ['Abort'],
      'calls?status=failed': ['Repeat all'],
      'queues?status=accepted': ['Abort all'],
      'access?tab=roles': ['New role'],
      fleet: ['New session'],
      health: [],
    }
    for (const [path, names] of Object.entries(acts)) {
      await visit(path)
      for (const name of names)
        expect([
          name,
          await page
            .getByRole('button', { name, exact: true })
            .or(page.getByRole('link', { name, exact: true }))
            .count(),
        ]).toEqual([name, 0])
    }
    await page.route('**/api/operations/calls.list', (route) => route.abort('connectionreset'))
    await visit('calls')
    await page.getByRole('alert').waitFor(WAIT)
    expect(await page.getByText('No call matches.').count()).toBe(0)
    expect(opened.faults).toEqual([])
  },
  120_000,
)

/** Serious and critical faults of the page, each with the first place. */
async function faultsOfAccess({ page }: ConsolePage, rules?: readonly string[]): Promise<string[]> {
  const options = {
    resultTypes: ['violations'],
    preload: false,
    ...(rules !== undefined && { runOnly: { type: 'rule', values: rules } }),
  }
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, ${JSON.stringify(options)})`,
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)
}

/** Pixels by which the page is wider than the window. */
const tooWide = ({ page }: ConsolePage): Promise<number> =>
  page.evaluate(
    'Math.max(0, document.documentElement.scrollWidth - innerWidth, document.querySelector("main").scrollWidth - document.querySelector("main").clientWidth)',
  )

test.skipIf(without)(
  `every view asks once, shows hostile text as text, fits, and can be used without a mouse and with little light${reason}`,
  async () => {
    const opened = await browser.open({ key: demo.lead.key })
    const { page, visit, calls, settled } = opened
    const found: Record<string, readonly string[]> = {}
    const silent: string[] = []
    for (const [name, path] of Object.entries(viewsOf(data))) {
      await visit(path)
      const asked = new Set(calls.filter((one) => !one.startsWith('accounts.me ')))
      if (asked.size === 0) silent.push(name)
      const faults = asked.size > 1 ? [`asks for ${[...asked].join(' and ')}`] : []
      faults.push(...(await faultsOfAccess(opened)))
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
      faults.push(...(await faultsOfAccess(opened, ['color-contrast'])).map((one) => `dark ${one}`))
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      if ((await tooWide(opened)) > 0) faults.push('is wider than the window')
      await page.setViewportSize({ width: 390, height: 844 })
      await settled()
      if ((await tooWide(opened)) > 0) faults.push('is wider than a telephone')
      faults.push(...(await faultsOfAccess(opened)).map((one) => `narrow ${one}`))
      await page.setViewportSize({ width: 1440, height: 900 })
      if (await page.evaluate(`'hit' in window`)) faults.push('ran a script')
      if (faults.length > 0) found[name] = faults
    }
    expect(found).toEqual({})
    // Streams, the list of operations, and what the log-in knows are no calls.
    expect(silent).toEqual([
      'session',
      'session-with-workspace',
      'session-of-hostile-text',
      'operations',
      'rights',
    ])
    expect(opened.faults).toEqual([])
  },
  480_000,
)

test.skipIf(without)(
  `a lead tries a model and sees its cost, forks the session, takes messages back and sees what is changed${reason}`,
  async () => {
    const opened = await browser.open({ key: demo.lead.key })
    const { page, visit } = opened
    const confirm = (name: string) =>
      page.getByRole('dialog').getByRole('button', { name, exact: true }).click()
    await visit('models?tab=playground&model=scripted%2Fcoder')
    await page.getByLabel('Message').fill('Hello')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('You said Hello').waitFor(WAIT)
    await page.getByText('Calls of the model').waitFor(WAIT)
    await page.getByRole('link', { name: 'Go on in the session' }).click()
    await page.waitForURL((url) => url.pathname.includes('/console/fleet/'))

    const address = page.url()
    await page.getByRole('button', { name: 'Fork' }).click()
    await confirm('Fork')
    await page.waitForURL((url) => url.href !== address && url.pathname.includes('/fleet/'))
    await page.getByText('Hello', { exact: true }).waitFor()

    await page.goto(address)
    await page.getByText('You said Hello').waitFor()
    await page.getByRole('button', { name: 'Revert' }).click()
    await confirm('Revert')
    await page.getByText('You said Hello').waitFor({ ...WAIT, state: 'detached' })
    await page.getByRole('button', { name: 'Undo the revert' }).click()
    await confirm('Undo the revert')
    await page.getByText('You said Hello').waitFor(WAIT)

    await visit(`fleet/${data.workspaceSessionId}`)
    await page.getByText('Changes in the workspace').click()
    await page.getByText('+- The port is 4000.').waitFor(WAIT)
    await noFaults(opened)
    expect(opened.faults).toEqual([])
  },
  240_000,
)

test.skipIf(without)(
  `an operator sees a replica come, and what happened while the laptop was cut off; a second tab is logged out with the first${reason}`,
  async () => {
    const opened = await browser.open({ key: demo.lead.key })
    const { page, visit, context } = opened
    await visit('health')
    const row = page.getByRole('row').filter({ hasText: 'mcp' })
    await row.getByText('One instance takes calls.').waitFor(WAIT)
    await demo.hub.add('mcp')
    await row.getByText('2 instances take calls.').waitFor(WAIT)

    await visit('spokes')
    const spoke = page.getByRole('row').filter({ hasText: 'laptop' })
    await spoke.getByText('connected', { exact: true }).waitFor(WAIT)
    await context.setOffline(true)
    await demo.spoke()[Symbol.asyncDispose]()
    await context.setOffline(false)
    await spoke.getByText('disconnected').waitFor(WAIT)
    await page
      .getByText('The connection to the hub was lost')
      .waitFor({ ...WAIT, state: 'detached' })
    await demo.attach()
    await spoke.getByText('connected', { exact: true }).waitFor(WAIT)

    const second = await context.newPage()
    await second.goto(`${demo.hub.gateway}/console/health`)
    await second.locator('.shell h1').waitFor(WAIT)
    await page.getByRole('button', { name: 'Log out' }).click()
    await second.getByLabel('API key').waitFor(WAIT)
    await noFaults(opened)
    expect(opened.faults).toEqual([])
  },
  240_000,
)

test.skipIf(without)(
  `10,001 queued calls are read in pages, and those that the filters match are aborted after they were counted${reason}`,
  async () => {
    const one = { operationId: 'accounts.me', delayMs: 3_600_000 }
    const calls = Array.from({ length: 1000 }, () => one)
    for (let at = 0; at < 10; at += 1) await demo.ok('calls.enqueueMany', { calls })
    await demo.ok('calls.enqueueMany', { calls: [one] })
    for (let at = 0; at < 3; at += 1)
      await demo.ok('calls.enqueue', { ...one, operationId: 'spokes.list' })
    const opened = await browser.open({ key: demo.lead.key })
    const { page, visit } = opened
    const rows = page.locator('tbody tr')
    await visit('queues?status=accepted&op=accounts.me')
    expect(await rows.count()).toBe(50)
    await page.getByRole('button', { name: 'Show more' }).click()
    await expect.poll(() => rows.count(), WAIT).toBe(100)
    await page.getByRole('button', { name: 'Abort all' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('10000 match the filters, and more that stay').waitFor(WAIT)
    await dialog.getByRole('button', { name: 'Cancel' }).click()

    await visit('queues?status=accepted&op=spokes.list')
    expect(await rows.count()).toBe(3)
    await page.getByRole('button', { name: 'Abort all' }).click()
    await dialog.getByRole('button', { name: 'Abort all: 3' }).click()
    await dialog.getByText('3 of 3 done').waitFor(WAIT)
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByText('No queued call matches.').waitFor(WAIT)
    await noFaults(opened)
  },
  240_000,
)

test.skipIf(without)(
  `a spoke tells its calls, worktrees and processes, a session what each step cost, a provider how long it takes, and health what must not be there${reason}`,
  async () => {
    const opened = await browser.open({ key: demo.lead.key })
    const { page, visit } = opened
    const { hub, lead, ok } = demo

    // A spoke that takes one call at a time.
    const release = Promise.withResolvers<void>()
    await using busy = attachSpoke({
      hub: hub.broker,
      key: lead.key,
      name: 'busy',
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
    await busy.attached()
    const calls = [1, 2].map(() => ok('client.busy.work.wait'))
    await visit('spokes/busy')
    await page.getByText('1 call runs').waitFor(WAIT)
    await page.getByText('1 waits for a free place').waitFor(WAIT)
    await page.getByText('1 at the same time at most').waitFor()
    release.resolve()
    await Promise.all(calls)
    await page.getByText('0 calls run').waitFor(WAIT)

    // What a development spoke has on its machine is asked of it when it is opened.
    await ok('dev.laptop.git.worktreeCreate', { name: 'port-fix' })
    await visit('spokes/laptop')
    const asked = opened.calls.filter((one) => !one.startsWith('accounts.me '))
    expect(new Set(asked.map((one) => one.split(' ')[0]))).toEqual(new Set(['spokes.get']))
    await page.getByText('Worktrees', { exact: true }).click()
    const worktrees = page.getByRole('region', { name: 'Worktrees' })
    await worktrees.getByRole('row').filter({ hasText: 'port-fix' }).getByText('clean').waitFor()
    const folder = mkdtempSync(join(tmpdir(), 'alkhub-workbench-'))
    await using workbench = attachSpoke({
      hub: hub.broker,
      key: lead.key,
      name: 'workbench',
      spokeType: 'dev-env',
      operations: await devOperations({ folder, allowShell: true }),
    })
    await workbench.attached()
    const shell = await browser.open({ key: lead.key })
    await shell.visit('operations/dev.workbench.shell.run')
    await shell.page.getByLabel(/^command/).fill('sleep 600')
    await shell.page.getByRole('button', { name: 'Watch' }).click()
    await shell.page.getByRole('button', { name: 'Stop' }).waitFor()
    await visit('spokes/workbench')
    await page.getByText('Processes', { exact: true }).click()
    const listed = page.getByRole('region', { name: 'Processes' }).getByText('sleep 600')
    const again = async (): Promise<number> => {
      await page.getByRole('button', { name: 'Read again' }).click()
      await opened.settled()
      return listed.count()
    }
    await expect.poll(again, WAIT).toBe(1)
    await shell.page.getByRole('button', { name: 'Stop' }).click()
    await expect.poll(again, WAIT).toBe(0)
    await page.getByText('No command of yours runs on it.').waitFor()
    rmSync(folder, { recursive: true, force: true })

    // What a failure left, and no sweep repairs here, is broken on the page as long as it is there.
    const { spokeId } = await ok<{ spokeId: string }>('spokes.get', { name: 'laptop' })
    await visit('health')
    const invariant = page
      .getByRole('region', { name: 'Invariants' })
      .getByRole('row')
      .filter({ hasText: 'clean worktrees' })
    await invariant.getByText('holds').waitFor(WAIT)
    await hub.database.sql`
      insert into worktree_inventory (spoke_id, name, dirty, problem, created_at)
      values (${spokeId}, 's-0123456789abcdef', false, 'no-row', now() - interval '1 day')`
    await invariant.getByText('broken').waitFor(WAIT)
    await invariant.getByText('./alkhub logs coordinator').waitFor()
    const findings = page.getByRole('region', { name: 'Findings' }).getByRole('row')
    await findings.filter({ hasText: 'Invariants' }).getByText('wrong').waitFor()
    await hub.database.sql`delete from worktree_inventory where name = 's-0123456789abcdef'`
    await invariant.getByText('holds').waitFor(WAIT)

    await visit('models?tab=providers')
    const provider = page.getByRole('row').filter({ hasText: 'scripted' })
    await provider
      .getByTitle(/^of \d+ requests$/)
      .first()
      .waitFor(WAIT)

    await visit(`fleet/${data.treeSessionId}`)
    await page.getByText(/^Latest turn: \d+ step/).click()
    await page.getByText(/^Cost of the steps: \$/).waitFor(WAIT)
    await page.locator('.with-costs .cost').filter({ hasText: '$' }).first().waitFor(WAIT)
    await noFaults(opened)
    expect([...opened.faults, ...shell.faults]).toEqual([])
  },
  240_000,
)
