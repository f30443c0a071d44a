import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { answerWhole, delta, done, finish, usage, writePrices } from './testing/priced-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { Handler, TestUpstream } from './testing/test-upstream.ts'

let proxy: TestProxy
let upstream: TestUpstream
let prices: Awaited<ReturnType<typeof writePrices>>
let current: Handler
let asked: number

beforeAll(async () => {
  upstream = await startTestUpstream()
  prices = await writePrices({ 'acme/m': { input: 2, output: 10 } })
  proxy = await startTestProxy({ inference: { pricesFile: prices.path, recordContent: true } })
  const serve = upstream.serve((answer, request) => {
    asked += 1
    current(answer, request)
  })
  await proxy.addProvider('acme', { baseUrl: serve, models: ['m'], cacheSeconds: 60 })
  await proxy.addProvider('fresh', { baseUrl: serve, models: ['m'] })
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
  await prices?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  asked = 0
  current = (answer) => answerWhole(answer, `answer ${asked}`, usage(20, 5))
})

const content = (text: string): object => ({ messages: [{ role: 'user', content: text }] })

async function rowOf(response: Response): Promise<Record<string, unknown> | undefined> {
  const id = response.headers.get('x-request-id')
  const find = () => proxy.database.sql<Record<string, unknown>[]>`
    select usage_source, ended_by, attempts, cost_micros::int as cost from inference_usage where id = ${id} and ended_at is not null`
  await expect.poll(async () => (await find()).length).toBe(1)
  return (await find())[0]
}

test('a deterministic request that was answered before gets the same answer, costs nothing, and has its row', async () => {
  const body = { model: 'acme/m', temperature: 0, ...content('a') }
  const first = await proxy.chat(body)
  expect(first.headers.get('x-alkhub-cache')).toBe('miss')
  const text = await first.text()
  const second = await proxy.chat(body)
  expect(second.status).toBe(200)
  expect([
    second.headers.get('x-alkhub-cache'),
    second.headers.get('x-alkhub-cost-micros'),
  ]).toEqual(['hit', '0'])
  expect(await second.text()).toBe(text)
  expect(asked).toBe(1)
  expect(await rowOf(first)).toMatchObject({ usage_source: 'provider', cost: 90 })
  expect(await rowOf(second)).toEqual({
    usage_source: 'none',
    ended_by: 'done',
    attempts: 0,
    cost: 0,
  })
})

test('other requests go to the provider each time, and an error is not kept', async () => {
  for (const body of [
    { model: 'acme/m', ...content('b') },
    { model: 'fresh/m', temperature: 0, ...content('b') },
  ]) {
    asked = 0
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const headers = [await proxy.chat(body), await proxy.chat(body)].map((response) =>
      response.headers.get('x-alkhub-cache'),
    )
    expect([headers, asked]).toEqual([[null, null], 2])
  }
  current = (answer) =>
    void answer.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{}}')
  const body = { model: 'acme/m', temperature: 0, ...content('c') }
  expect((await proxy.chat(body)).status).toBe(400)
  current = (answer) => answerWhole(answer, 'ok', usage(20, 5))
  const response = await proxy.chat(body)
  expect([response.status, response.headers.get('x-alkhub-cache')]).toEqual([200, 'miss'])
})

test('prompts and answers are in the call history of a deployment that records them, redacted, with the attributes of OpenTelemetry', async () => {
  const prompt = content('the question')
  const whole = await proxy.chat({
    model: 'fresh/m',
    ...prompt,
    api_key_note: 'x',
    password: 'geheim',
  })
  await whole.text()
  current = (answer) =>
    void answer
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(delta('Hel') + delta('lo') + finish + done)
  const streamed = await proxy.chat({ model: 'fresh/m', stream: true, ...content('d') })
  await streamed.text()
  const recordOf = async (response: Response) => {
    const id = response.headers.get('x-request-id')
    const find = () => proxy.database.sql<Record<'input' | 'output' | 'metadata', string>[]>`
      select input, output, metadata from call_log where id = ${id}`
    await expect.poll(async () => (await find()).length).toBe(1)
    const [row] = await find()
    return Object.fromEntries(
      Object.entries(row ?? {}).map(([name, text]) => [name, JSON.parse(text) as unknown]),
    )
  }
  const record = await recordOf(whole)
  expect(record['input']).toMatchObject({ request: { messages: [{ role: 'user' }] } })
  expect(JSON.stringify(record['input'])).not.toContain('geheim')
  expect(record['output']).toMatchObject({
    answer: { choices: [{ message: { content: 'answer 1' } }] },
  })
  const { caller } = record['metadata'] as { readonly caller: object }
  expect(caller).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'fresh/m',
    'gen_ai.usage.input_tokens': 20,
    'gen_ai.usage.output_tokens': 5,
  })
  expect((await recordOf(streamed))['output']).toMatchObject({ answer: { text: 'Hello' } })
})
