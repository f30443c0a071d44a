import { expect, test } from 'vitest'
import { refuseWatches } from './watch-limit.ts'

const listen = (count: number): object => ({
  id: 7,
  method: 'subscriptions/listen',
  params: {
    notifications: { resourceSubscriptions: Array.from({ length: count }, (_, at) => `a:${at}`) },
  },
})

test('a stream for more resources than are watched is refused, and any other request is not', async () => {
  expect(await refuseWatches(listen(101))?.json()).toEqual({
    jsonrpc: '2.0',
    id: 7,
    error: {
      code: -32_602,
      message: 'A stream watches at most 100 resources, and 101 are named.',
    },
  })
  for (const body of [listen(100), { ...listen(101), method: 'ping' }, undefined, [], 'text'])
    expect(refuseWatches(body)).toBeUndefined()
})
