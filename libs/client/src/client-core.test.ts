import { expect, test } from 'vitest'
import { ClientCore } from './client-core.ts'

const never = new Promise<never>(() => {})

/** A connection whose socket has closed before the first call is made over it. */
const CLOSED_CONNECTION = {
  open: false,
  closed: never,
  draining: never,
  call: () => never,
  subscribe: () => {
    throw new Error('The connection is closed.')
  },
  close: () => Promise.resolve(),
}

class CountingClient extends ClientCore<object> {
  constructor(onOpen: () => void) {
    super({ hub: 'ws://hub.test', key: 'key' }, () => {
      onOpen()
      return Promise.resolve(CLOSED_CONNECTION)
    })
  }
}

test('a call that waits for its connection opens no other connection after the client was closed', async () => {
  let opened = 0
  const client = new CountingClient(() => opened++)
  const found = client.search('words')
  const closed = client.close()
  await expect(found).rejects.toMatchObject({ code: 'ABORTED' })
  await closed
  expect(opened).toBe(1)
})
