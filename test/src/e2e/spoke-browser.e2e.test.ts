import { attachSpoke, query, subscription } from '@alkdev/spoke'
import { Type } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { chromium, openPage } from '../headless-browser.ts'
import { serveModules } from '../module-server.ts'
import { startTestStack } from '../test-stack.ts'

const reason = chromium === undefined ? ' (skipped: there is no chromium here)' : ''

/** What a page does with a hub; its report is looked at below. */
const script = (hub: string, key: string): string => `
import { HubConnection } from '@alkdev/spoke/browser'
const hub = await HubConnection.open({ hub: '${hub}', key: '${key}' })
const answer = await hub.call('client.page.text.shout', { text: 'hello ✓' })
const items = []
for await (const item of hub.subscribe('client.page.numbers.upTo', { count: 200 })) items.push(item)
const wrong = await hub.call('no.such').catch((error) => error.code)
const controller = new AbortController()
const never = hub.call('client.page.text.never', {}, { signal: controller.signal }).catch((error) => error.code)
await hub.call('client.page.text.begun')
controller.abort()
const aborted = await never
const refused = await HubConnection.open({ hub: '${hub}', key: 'alk_wrong' }).catch((error) => error.code)
// Longer than the hub waits for a silent peer, and than the page waits for a silent hub.
await new Promise((resolve) => setTimeout(resolve, 4000))
const open = hub.open
await hub.close()
await report({ answer, items: items.length, last: items.at(-1), wrong, aborted, refused, open, end: await hub.closed, agent: navigator.userAgent })
`

test.skipIf(chromium === undefined)(
  `a page in headless Chromium calls, reads a stream, aborts and closes${reason}`,
  async () => {
    await using hub = await startTestStack({ spokes: { heartbeatMs: 1000 } })
    const none = Type.Object({})
    const Text = Type.Object({ text: Type.String() })
    const begun = Promise.withResolvers<void>()
    const stopped = Promise.withResolvers<string>()
    const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
    await using spoke = attachSpoke({
      hub: hub.broker,
      key,
      name: 'page',
      operations: [
        query(
          { id: 'text.shout', description: 'Louder.', input: Text, output: Text },
          ({ text }) => ({ text: text.toUpperCase() }),
        ),
        query(
          { id: 'text.never', description: 'Never answers.', input: none, output: none },
          (_input, { signal }) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => {
                stopped.resolve('aborted')
                reject(signal.reason as Error)
              })
              begun.resolve()
            }),
        ),
        query(
          {
            id: 'text.begun',
            description: 'Answers when the one that never answers was called.',
            input: none,
            output: none,
          },
          async () => {
            await begun.promise
            return {}
          },
        ),
        subscription(
          {
            id: 'numbers.upTo',
            description: 'Counts.',
            input: Type.Object({ count: Type.Integer() }),
            output: Type.Integer(),
          },
          async function* ({ count }) {
            for (let n = 1; n <= count; n++) yield n
          },
        ),
      ],
    })
    await spoke.attached()
    await using page = await serveModules(script(hub.gateway, hub.admin.key), {
      '@alkdev/spoke/browser': 'libs/spoke/src/browser.ts',
      '@alkdev/contracts/wire': 'libs/contracts/src/wire.ts',
      '@alkdev/contracts/limits': 'libs/contracts/src/limits.ts',
      '@alkdev/errors': 'libs/errors/src/index.ts',
      '@alkdev/operations/calls': 'libs/operations/src/calls.ts',
      '@alkdev/operations/stream': 'libs/operations/src/stream.ts',
      '@alkdev/std': 'libs/std/src/index.ts',
    })
    await using browser = await openPage(page.url)
    const report = await Promise.race([page.reported, browser.gone])
    expect(report).toMatchObject({
      answer: { text: 'HELLO ✓' },
      items: 200,
      last: 200,
      wrong: 'OPERATION_NOT_FOUND',
      aborted: 'ABORTED',
      refused: 'PROVIDER_UNAVAILABLE',
      open: true,
      end: { code: 1000 },
      agent: expect.stringContaining('Chrome') as string,
    })
    expect(await stopped.promise).toBe('aborted')
    expect(page.loaded).toContain('libs/spoke/src/wire/browser-socket.ts')
  },
)
