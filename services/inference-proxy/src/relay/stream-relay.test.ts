import { expect, test } from 'vitest'
import type { LedgerAttempt } from '../ledger/ledger-attempt.ts'
import { delta, done, finish, usage, usageEvent } from '../testing/priced-upstream.ts'
import { StreamRelay } from './stream-relay.ts'
import type { StreamRelayInput } from './stream-relay.ts'

const COST = ': cost\n'

/** What a client gets of a stream that comes in these chunks, and what the ledger gets to know. */
function relayed(chunks: readonly Buffer[], more: Partial<StreamRelayInput> = {}) {
  let contents = 0
  const read: unknown[] = []
  const attempt = {
    textBytes: 0,
    onContent: () => (contents += 1),
    onData: (one: unknown) => read.push(one),
  }
  const data: unknown[] = []
  const relay = new StreamRelay({
    protocol: 'chat',
    attempt: attempt as unknown as LedgerAttempt,
    hidesUsage: false,
    costLine: () => COST,
    onData: (one) => data.push(one),
    ...more,
  })
  const out = [...chunks.map((chunk) => relay.push(chunk)), relay.end()]
  return { text: Buffer.concat(out).toString(), relay, attempt, contents, data, read }
}

const STREAM = `: hi\n\n${delta('Hello 北京 ')}${delta('🌍')}${finish}${usageEvent(usage(10, 5))}${done}`

test('a stream passes byte for byte with the line of the cost before its last event', () => {
  const { text, relay, attempt, contents, data, read } = relayed([Buffer.from(STREAM)])
  expect(text).toBe(STREAM.replace(done, `${COST}${done}`))
  expect(relay.usage).toMatchObject({ isFinished: true, isEnded: true, isFailed: false })
  expect(relay.usage.usage?.tokens).toMatchObject({ input: 10, output: 5 })
  expect(attempt.textBytes).toBe(Buffer.byteLength('Hello 北京 🌍'))
  expect([contents, data.length, relay.costLine()]).toEqual([2, 5, ''])
  expect(read).toEqual(data)
})

test('a stream that is cut at any byte gives the same bytes, the same usage and no broken character', () => {
  const bytes = Buffer.from(STREAM)
  const whole = relayed([bytes])
  for (let at = 0; at <= bytes.length; at += 1) {
    const cut = relayed([bytes.subarray(0, at), bytes.subarray(at)])
    expect(cut.text).toBe(whole.text)
    expect(cut.data).toEqual(whole.data)
    expect(cut.relay.usage.usage).toEqual(whole.relay.usage.usage)
  }
  expect(relayed([...bytes].map((byte) => Buffer.from([byte]))).text).toBe(whole.text)
  expect(whole.text).not.toContain('\uFFFD')
})

test('the usage that the client did not ask for is left out, and counted', () => {
  const { text, relay } = relayed([Buffer.from(STREAM)], { hidesUsage: true })
  expect(text).toBe(`: hi\n\n${delta('Hello 北京 ')}${delta('🌍')}${finish}${COST}${done}`)
  expect(relay.usage.usage?.tokens.output).toBe(5)
})

test('a stream without its end gives no line of the cost by itself', () => {
  const { text, relay } = relayed([Buffer.from(delta('Hi'))])
  expect(text).toBe(delta('Hi'))
  expect(relay.hasContent).toBe(true)
  expect([relay.costLine(), relay.costLine()]).toEqual([COST, ''])
})

test('indices of tool calls are repaired only when that is asked for', () => {
  const call = (id: string): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id, function: { name: 'f', arguments: '{}' } }] } }] })}\n\n`
  const stream = Buffer.from(call('a') + call('b'))
  expect(relayed([stream]).text).toBe(stream.toString())
  expect(relayed([stream], { repairsToolCalls: true }).text).toContain('"index":1,"id":"b"')
})

test('what follows the last event is neither read nor passed on, wherever the bytes are cut', () => {
  const error = 'data: {"error":{"message":"late"}}\n\n'
  const bytes = Buffer.from(
    `${STREAM}${error}${delta('more')}${usageEvent(usage(99, 99))}${done}\n: bye\n`,
  )
  for (let at = 0; at <= bytes.length; at += 1) {
    const { text, relay, attempt } = relayed([bytes.subarray(0, at), bytes.subarray(at)])
    expect(text).toBe(`${STREAM.replace(done, `${COST}${done}`)}${done}\n: bye\n`)
    expect(relay.usage).toMatchObject({ isFinished: true, isFailed: false })
    expect(relay.usage.usage?.tokens.output).toBe(5)
    expect(attempt.textBytes).toBe(Buffer.byteLength('Hello 北京 🌍'))
  }
})

test('a last event with an image, which is too long to be read, ends the stream with its usage', () => {
  const response = {
    id: 'resp_1',
    output: [{ type: 'image_generation_call', result: 'A'.repeat(2_000_000) }],
    usage: { input_tokens: 10, output_tokens: 5 },
  }
  const last = `event: response.completed\ndata: ${JSON.stringify({ type: 'response.completed', response })}\n\n`
  for (const [before, size] of [
    ['', 65_536],
    ['', 1_500_000],
    [': ping\n\n', 65_536],
    [': ping\r\n\r\n', 65_536],
  ] as const) {
    const bytes = Buffer.from(before + last)
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    )
    const { text, relay } = relayed(chunks, { protocol: 'responses' })
    expect(text === `${before}${last}${COST}`).toBe(true)
    expect(relay.usage).toMatchObject({ isFinished: true, isEnded: true, isFailed: false })
    expect(relay.usage.usage?.tokens).toMatchObject({ input: 10, output: 5 })
  }
})
