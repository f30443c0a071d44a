import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

let hub: TestStack

beforeAll(async () => {
  hub = await startTestStack({
    spokes: { maxSockets: 1 },
    telemetry: { metrics: false },
    http: { publicUrl: 'https://hub.example.com/' },
  })
})
afterAll(() => hub?.[Symbol.asyncDispose]())

test('a socket beyond spokes.maxSockets is refused with 503 at the upgrade, and taken when another one is gone (V5)', async () => {
  const first = await PlainSocket.open(hub.broker, hub.admin.key)
  await expect(PlainSocket.open(hub.broker, hub.admin.key)).rejects.toThrow('status 503')
  await first[Symbol.asyncDispose]()
  await expect
    .poll(
      () =>
        PlainSocket.open(hub.broker, hub.admin.key).then(
          async (socket) => {
            await socket[Symbol.asyncDispose]()
            return 'open'
          },
          (error: unknown) => String(error),
        ),
      { timeout: 10_000 },
    )
    .toBe('open')
})

test('with telemetry.metrics false no service has a page of metrics, and the reports of health stay', async () => {
  for (const url of [hub.gateway, hub.broker, hub.inference, new URL(hub.mcp).origin]) {
    const headers = { authorization: `Bearer ${hub.admin.key}` }
    const metrics = await fetch(`${url}/metrics`, { headers })
    expect(metrics.status).toBe(404)
    expect(await metrics.text()).not.toContain('alkhub_')
    expect((await fetch(`${url}/health`, { headers })).status).toBe(200)
  }
})

test('the OpenAPI document names http.publicUrl as its server', async () => {
  const { status, body } = await ask(hub, 'GET', '/openapi.json', { key: hub.admin.key })
  expect(status).toBe(200)
  expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: 'https://hub.example.com' }] })
})
