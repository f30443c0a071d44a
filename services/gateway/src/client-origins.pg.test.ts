import { loadClients } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestGateway } from './testing/test-gateway.ts'
import type { TestGateway } from './testing/test-gateway.ts'

let hub: TestGateway

beforeAll(async () => {
  hub = await createTestGateway()
})
afterAll(() => hub[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly code?: string
  readonly data?: Readonly<Record<string, unknown>>
  readonly details?: { readonly errors: readonly { path: string; message: string }[] }
}

async function call(operation: string, input: unknown): Promise<Answer> {
  const answer = await hub.call(operation, input)
  return { ...((await answer.json()) as object), status: answer.status }
}

const baseUrl = 'https://api.example.org/v1'

async function addProvider(name: string, secret?: string): Promise<void> {
  const made = await call('clients.create', {
    name,
    type: 'llm-provider',
    config: { baseUrl },
    ...(secret !== undefined && { secret }),
  })
  expect(made.status).toBe(200)
}

const stored = async (name: string) =>
  (await loadClients(hub.database.db, 'llm-provider')).find(({ client }) => client.name === name)

test.each([
  ['host', 'https://api.example.com/v1'],
  ['scheme', 'http://api.example.org/v1'],
  ['port', 'https://api.example.org:8443/v1'],
])(
  'a change of the %s of a provider is refused without its secret, and nothing changes (A8)',
  async (what, changed) => {
    const name = `moved-${what}`
    await addProvider(name, 'sk-first')
    const before = await stored(name)
    const refused = await call('clients.update', { name, config: { baseUrl: changed } })
    expect(refused).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' })
    expect(refused.details?.errors).toMatchObject([{ path: '/secret' }])
    expect(refused.details?.errors[0]?.message).toContain('give it again')
    expect(await stored(name)).toEqual(before)
  },
)

test('a new address is accepted with a new secret, without any, and for a provider that has none', async () => {
  await addProvider('moving', 'sk-first')
  const elsewhere = { baseUrl: 'https://elsewhere.example.com/v1' }
  const moved = await call('clients.update', { name: 'moving', config: elsewhere, secret: 'sk-2' })
  expect(moved.data).toMatchObject({ config: elsewhere, hasSecret: true })
  const without = await call('clients.update', {
    name: 'moving',
    config: { baseUrl },
    secret: null,
  })
  expect(without.data).toMatchObject({ config: { baseUrl }, hasSecret: false })
  const again = await call('clients.update', { name: 'moving', config: elsewhere })
  expect(again.data).toMatchObject({ config: elsewhere, hasSecret: false })
})

test('a change within the same origin keeps the secret', async () => {
  await addProvider('staying', 'sk-first')
  for (const config of [
    { baseUrl: 'https://API.example.org:443/v2' },
    { baseUrl, models: ['a'], headers: { 'x-team': 'blue' } },
  ])
    expect((await call('clients.update', { name: 'staying', config })).data).toMatchObject({
      config,
      hasSecret: true,
    })
})
