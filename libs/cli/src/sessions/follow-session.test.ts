import { afterAll, beforeAll, expect, test } from 'vitest'
import { HubClient } from '../hub/hub-client.ts'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { followSession } from './follow-session.ts'

const SESSION = '018f4a1e-0000-7000-8000-000000000001'
let requests = 0
const hub = new AnsweringListener((_call, response) => {
  requests += 1
  // A proxy in front of a hub that restarts answers without a code.
  if (requests === 1) response.writeHead(502).end('<h1>Bad Gateway</h1>')
  else
    response
      .writeHead(404)
      .end(JSON.stringify({ code: 'SESSION_NOT_FOUND', detail: 'There is no such session.' }))
  return undefined
})
beforeAll(() => hub.start())
afterAll(() => hub.stop())

test('a stream that a proxy refuses while the hub is unreachable is opened again', async () => {
  const connections: boolean[] = []
  const { signal } = new AbortController()
  const client = new HubClient(hub.args[1] ?? '', 'key', signal)
  const events = followSession(client, {
    sessionId: SESSION,
    signal,
    onConnection: (connected) => connections.push(connected),
  })
  await expect(events.next()).rejects.toThrow('SESSION_NOT_FOUND')
  expect({ requests, connections }).toEqual({ requests: 2, connections: [false] })
})
