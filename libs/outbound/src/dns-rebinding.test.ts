import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns'
import type { lookup } from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AddressPolicy } from './address-policy.ts'
import { createOutboundAgent } from './outbound-agent.ts'
import { OutboundRefusedError } from './outbound-refused-error.ts'

/** A DNS server that answers each query for an A record with the next address, without a time to live. */
const answers: string[] = []
const asked: string[] = []
const dns = createSocket('udp4')
dns.on('message', (query, from) => dns.send(answerTo(query), from.port, from.address))

function answerTo(query: Buffer): Buffer {
  let end = 12
  const labels: string[] = []
  while (query[end] !== 0) {
    const length = query[end] ?? 0
    labels.push(query.toString('latin1', end + 1, end + 1 + length))
    end += length + 1
  }
  const question = query.subarray(12, end + 5)
  const isA = query.readUInt16BE(end + 1) === 1
  const address = isA ? (answers.length > 1 ? answers.shift() : answers[0]) : undefined
  if (isA) asked.push(`${labels.join('.')} ${address}`)
  const head = Buffer.alloc(12)
  query.copy(head, 0, 0, 2)
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(address === undefined ? 0 : 1, 6)
  if (address === undefined) return Buffer.concat([head, question])
  // A pointer to the name, type A, class IN, time to live 0, four bytes.
  const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4])
  return Buffer.concat([head, question, record, Buffer.from(address.split('.').map(Number))])
}

const hits: string[] = []
const inside = createServer((incoming, answer) => {
  hits.push(`${incoming.socket.localAddress} ${incoming.url}`)
  answer.end('inside')
})
let port: number
let resolve: typeof lookup

beforeAll(async () => {
  dns.bind(0, '127.0.0.1')
  inside.listen(0, '0.0.0.0')
  await Promise.all([once(dns, 'listening'), once(inside, 'listening')])
  port = (inside.address() as AddressInfo).port
  const resolver = new Resolver({ timeout: 5000, tries: 1 })
  resolver.setServers([`127.0.0.1:${dns.address().port}`])
  // As the system's resolver answers, over the real protocol.
  resolve = ((
    name: string,
    _options: object,
    callback: (error: Error | null, found?: { address: string; family: number }[]) => void,
  ) =>
    resolver.resolve4(name, (error, addresses) =>
      callback(
        error,
        error === null ? addresses.map((address) => ({ address, family: 4 })) : undefined,
      ),
    )) as typeof lookup
})
afterAll(() => {
  dns.close()
  inside.close()
})

async function send(path: string, next: readonly string[]): Promise<string> {
  answers.splice(0, answers.length, ...next)
  const agent = createOutboundAgent(new AddressPolicy({ allow: ['127.0.0.2/32'], denyPorts: [] }), {
    connectTimeoutMs: 5000,
    headersTimeoutMs: 5000,
    bodyTimeoutMs: 5000,
    resolve,
  })
  try {
    const url = `http://rebinding.example.com:${port}${path}`
    const { body } = await request(url, { dispatcher: agent })
    return await body.text()
  } finally {
    await agent.destroy()
  }
}

test('a name is looked up once for a connection, and that very address is connected to', async () => {
  hits.length = 0
  asked.length = 0
  // A check that looked the name up by itself would see the first answer, and the connection the second one.
  expect(await send('/good', ['127.0.0.2', '127.0.0.1'])).toBe('inside')
  expect(asked).toEqual(['rebinding.example.com 127.0.0.2'])
  expect(hits).toEqual(['127.0.0.2 /good'])
})

test('a name that has changed to a refused address by the next connection is refused', async () => {
  hits.length = 0
  expect(await send('/first', ['127.0.0.2'])).toBe('inside')
  const refusal = await send('/second', ['127.0.0.1']).catch((error: unknown) => error)
  expect(OutboundRefusedError.in(refusal)).toBeInstanceOf(OutboundRefusedError)
  expect(hits).toEqual(['127.0.0.2 /first'])
})

test('a name whose answers alternate never leads to a refused address', async () => {
  hits.length = 0
  for (let turn = 0; turn < 20; turn += 1) {
    const next = turn % 2 === 0 ? ['127.0.0.2', '10.1.2.3'] : ['127.0.0.1', '127.0.0.2']
    const failure = await send(`/${turn}`, next).then(
      () => undefined,
      (error: unknown) => OutboundRefusedError.in(error),
    )
    expect(failure === undefined).toBe(turn % 2 === 0)
  }
  expect(hits).toHaveLength(10)
  expect(hits.every((hit) => hit.startsWith('127.0.0.2 '))).toBe(true)
})
