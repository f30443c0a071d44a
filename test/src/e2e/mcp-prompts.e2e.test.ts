import { sleep } from '@alkdev/std'
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { PromptListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

const PATIENCE = { timeout: 30_000 }
const ERAS = ['2025-11-25', '2026-07-28'] as const

let hub: TestStack

beforeAll(async () => {
  hub = await startTestStack()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

/** A client of the SDK that listens to changed prompts, by way of the gateway. */
async function listening(era: (typeof ERAS)[number], key: string) {
  const received: number[] = []
  const onChange = (): void => void received.push(Date.now())
  const url = new URL(`${hub.gateway}/mcp`)
  const options = { requestInit: { headers: { authorization: `Bearer ${key}` } } }
  const info = { name: 'test', version: '1' }
  if (era === '2025-11-25') {
    const client = new Client(info)
    client.setNotificationHandler(PromptListChangedNotificationSchema, onChange)
    await client.connect(new LegacyTransport(url, options))
    const names = async (): Promise<string[]> =>
      (await client.listPrompts()).prompts.map(({ name }) => name)
    const offers = client.getServerCapabilities()?.prompts?.listChanged
    return { received, names, offers, close: () => client.close() }
  }
  const client = new ModernClient(info, { versionNegotiation: { mode: { pin: era } } })
  client.setNotificationHandler('notifications/prompts/list_changed', onChange)
  await client.connect(new StreamableHTTPClientTransport(url, options))
  const offers = client.getServerCapabilities()?.prompts?.listChanged
  if (offers === true) await client.listen({ promptsListChanged: true })
  const names = async (): Promise<string[]> =>
    (await client.listPrompts()).prompts.map(({ name }) => name)
  return { received, names, offers, close: () => client.close() }
}

/** Changes roles until the client is notified of it: the stream of an older client opens after its connection. */
async function untilReceived(
  received: readonly number[],
  change: () => Promise<unknown>,
): Promise<void> {
  const before = received.length
  await change()
  await expect.poll(() => received.length, PATIENCE).toBeGreaterThan(before)
}

async function changed(operationId: string, input: object): Promise<void> {
  const { status, body } = await call(hub, hub.admin, operationId, input)
  if (status !== 200) throw new Error(JSON.stringify(body))
}

test.each(ERAS)(
  'a client of %s is notified of a role that is created, changed and deleted, at whichever replica it listens',
  async (era) => {
    const second = await hub.add('mcp')
    const client = await listening(era, hub.admin.key)
    expect(client.offers).toBe(true)
    // Until the stream of the client is open, which the SDK does not tell.
    await expect
      .poll(async () => {
        await changed('roles.create', { name: `first-${era}`, mode: 'primary', prompt: 'One.' })
        await sleep(1500)
        await changed('roles.delete', { name: `first-${era}` })
        await sleep(1500)
        return client.received.length
      }, PATIENCE)
      .toBeGreaterThan(0)
    const name = `reviewer-${era}`
    await untilReceived(client.received, () =>
      changed('roles.create', { name, mode: 'primary', prompt: 'Review.' }),
    )
    expect(await client.names()).toContain(name)
    await untilReceived(client.received, () =>
      changed('roles.update', { name, description: 'Reads.' }),
    )
    await untilReceived(client.received, () => changed('roles.delete', { name }))
    expect(await client.names()).not.toContain(name)
    await client.close()
    await second.stop(0)
  },
  90_000,
)

test.each(ERAS)(
  'a client of %s whose key may not read roles is offered no changes',
  async (era) => {
    const { key } = await hub.createKey(['fs:read'])
    const client = await listening(era, key)
    expect(client.offers).toBe(false)
    expect(await client.names()).toEqual([])
    const stream = await fetch(hub.mcp, {
      headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
    })
    expect(stream.status).toBe(405)
    await client.close()
  },
)
