import type { lookup } from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fetch, request } from 'undici'
import type { Agent } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AddressPolicy } from './address-policy.ts'
import { createOutboundAgent } from './outbound-agent.ts'
import { OutboundRefusedError } from './outbound-refused-error.ts'

const seen: string[] = []
const server = createServer((incoming, answer) => {
  seen.push(incoming.url ?? '')
  if (incoming.url === '/redirect') {
    answer.writeHead(302, { location: `http://[::1]:${port}/redirected` }).end()
    return
  }
  answer.end('inside')
})
let port: number
const agents: Agent[] = []

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.destroy()))
  server.close()
})

/** A resolver that gives these addresses, one list for each look-up. */
function resolver(...answers: string[][]): typeof lookup {
  const give = (_name: string, _options: object, callback: (...result: unknown[]) => void) => {
    const addresses = answers.length > 1 ? answers.shift() : answers[0]
    callback(
      null,
      addresses?.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return give as unknown as typeof lookup
}

function agentFor(allow: string[], resolve?: typeof lookup, denyPorts: number[] = []) {
  const agent = createOutboundAgent(new AddressPolicy({ allow, denyPorts }), {
    connectTimeoutMs: 5000,
    headersTimeoutMs: 5000,
    bodyTimeoutMs: 5000,
    ...(resolve && { resolve }),
  })
  agents.push(agent)
  return agent
}

const refusalOf = (promise: Promise<unknown>): Promise<OutboundRefusedError | undefined> =>
  promise.then(
    () => undefined,
    (error: unknown) => OutboundRefusedError.in(error),
  )

test.each(['127.0.0.1', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]', 'localhost', '0'])(
  'nothing is sent to %s unless the operator allows it',
  async (host) => {
    const agent = agentFor([])
    seen.length = 0
    const refusal = await refusalOf(request(`http://${host}:${port}/`, { dispatcher: agent }))
    expect(refusal).toMatchObject({ code: 'ACCESS_DENIED', status: 403 })
    expect(refusal?.message).toContain('outbound.allow')
    expect(refusal?.message).not.toContain('127')
    expect(seen).toEqual([])
  },
)

test('a public name that stands for a private address is refused (A7)', async () => {
  const agent = agentFor([], resolver(['127.0.0.1']))
  const sent = request(`http://models.example.com:${port}/`, { dispatcher: agent })
  expect(await refusalOf(sent)).toBeInstanceOf(OutboundRefusedError)
})

test('of several addresses of a name only those that are allowed are connected to', async () => {
  seen.length = 0
  const agent = agentFor(['127.0.0.1/32'], resolver(['10.1.2.3', '127.0.0.1']))
  const { body } = await request(`http://mixed.example.com:${port}/mixed`, { dispatcher: agent })
  expect(await body.text()).toBe('inside')
  expect(seen).toEqual(['/mixed'])
})

test('a name that changes its address after it was used is checked again at each connection', async () => {
  seen.length = 0
  const agent = agentFor(['127.0.0.1/32'], resolver(['127.0.0.1'], ['127.0.0.2']))
  const ask = (path: string) =>
    request(`http://rebound.example.com:${port}${path}`, {
      dispatcher: agent,
      headers: { connection: 'close' },
    })
  await (await ask('/first')).body.dump()
  expect(await refusalOf(ask('/second'))).toBeInstanceOf(OutboundRefusedError)
  expect(seen).toEqual(['/first'])
})

test('a redirect that is followed is checked like the first request', async () => {
  seen.length = 0
  const agent = agentFor(['127.0.0.1/32'])
  const followed = fetch(`http://127.0.0.1:${port}/redirect`, { dispatcher: agent })
  expect(await refusalOf(followed)).toBeInstanceOf(OutboundRefusedError)
  expect(seen).toEqual(['/redirect'])
})

test('an allowed address is reached, but not at a denied port', async () => {
  const open = agentFor(['127.0.0.0/8'])
  const { body } = await request(`http://127.0.0.1:${port}/`, { dispatcher: open })
  expect(await body.text()).toBe('inside')
  const guarded = agentFor(['127.0.0.0/8'], undefined, [port])
  for (const host of ['127.0.0.1', 'localhost'])
    expect(
      await refusalOf(request(`http://${host}:${port}/`, { dispatcher: guarded })),
    ).toBeInstanceOf(OutboundRefusedError)
})
