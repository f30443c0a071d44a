import { Client, CodedError } from '@alkdev/client'
import { Client as BrowserClient } from '@alkdev/client/browser'
import { attachSpoke, mutation, subscription, Type } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

interface Operations {
  'client.words.words.add': {
    type: 'mutation'
    input: { text: string }
    output: { length: number }
    errors: { WORD_REFUSED: { word: string } }
  }
  'client.words.words.count': {
    type: 'subscription'
    input: { to: number }
    output: number
    errors: object
  }
}

const add = mutation(
  {
    id: 'words.add',
    description: 'Adds a word.',
    input: Type.Object({ text: Type.String() }),
    output: Type.Object({ length: Type.Integer() }),
    errorSchemas: [
      {
        code: 'WORD_REFUSED',
        description: 'A word that is not accepted.',
        schema: Type.Object({ word: Type.String() }),
      },
    ],
  },
  ({ text }) => {
    if (text === 'no')
      throw new CodedError('WORD_REFUSED', 'Not this one.', { details: { word: text } })
    return { length: text.length }
  },
)
const count = subscription(
  {
    id: 'words.count',
    description: 'Counts.',
    input: Type.Object({ to: Type.Integer() }),
    output: Type.Integer(),
  },
  async function* ({ to }) {
    for (let n = 1; n <= to; n += 1) yield n
  },
)

let hub: TestStack
let spoke: Spoke

beforeAll(async () => {
  hub = await startTestStack()
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  spoke = attachSpoke({ hub: hub.gateway, key, name: 'words', operations: [add, count] })
  await spoke.attached()
})
afterAll(async () => {
  await spoke?.stop()
  await hub?.[Symbol.asyncDispose]()
})

const clients = [
  ['Node', Client],
  ['browsers', BrowserClient],
] as const

test.each(clients)(
  'the client for %s calls, reads streams, finds and lists operations, and tells declared errors apart',
  async (_name, Kind) => {
    await using client = new Kind<Operations>({ hub: hub.gateway, key: hub.admin.key })
    expect(await client.call('client.words.words.add', { text: 'tulip' })).toEqual({ length: 5 })
    const items: number[] = []
    for await (const item of client.subscribe('client.words.words.count', { to: 200 }))
      items.push(item)
    expect(items).toHaveLength(200)
    for await (const item of client.subscribe('client.words.words.count', { to: 200 }))
      if (item === 3) break
    const [found] = await client.search('adds a word', { limit: 1 })
    expect(found?.operationId).toMatch(/words\.add$/)
    const ids: string[] = []
    for await (const { operationId } of client.list()) ids.push(operationId)
    expect(ids).toContain('client.words.words.count')

    const error: unknown = await client
      .call('client.words.words.add', { text: 'no' })
      .catch((thrown: unknown) => thrown)
    if (!client.isError('client.words.words.add', error, 'WORD_REFUSED'))
      throw new Error('another error was expected', { cause: error })
    expect(error.details.word).toBe('no')
    const wrong = client.call('client.words.words.add', { text: 7 } as never)
    await expect(wrong).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  },
)

test('a client opens another connection after its own was drained or lost', async () => {
  await using client = new Client({ hub: hub.gateway, key: hub.admin.key })
  const ask = () => client.call('accounts.me')
  const before = await ask()
  await hub.replace('spoke-broker')
  await expect.poll(ask, { timeout: 20_000 }).toEqual(before)
})

test('calls at the same time share one connection, and a closed client refuses', async () => {
  const client = new Client({ hub: hub.gateway, key: hub.admin.key })
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      client.call('client.words.words.add', { text: 'x'.repeat(n) }),
    ),
  )
  expect(answers.map(({ length }) => length as number)).toEqual(
    Array.from({ length: 20 }, (_, n) => n),
  )
  await client.close()
  await expect(client.call('accounts.me')).rejects.toMatchObject({ code: 'ABORTED' })
})

test('a hub that cannot be reached and a wrong key are coded errors', async () => {
  await using nowhere = new Client({ hub: 'http://127.0.0.1:1', key: 'x' })
  await expect(nowhere.call('accounts.me')).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  await using unknown = new Client({ hub: hub.gateway, key: 'alk_wrong' })
  await expect(unknown.call('accounts.me')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})
