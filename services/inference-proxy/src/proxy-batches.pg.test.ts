import { setBudget } from '@alkdev/storage/inference'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writePrices } from './testing/priced-upstream.ts'
import { RecordedUpstream, sendJson } from './testing/recorded-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { TestUpstream } from './testing/test-upstream.ts'

let proxy: TestProxy
let upstream: TestUpstream
let prices: Awaited<ReturnType<typeof writePrices>>
let key: string
let keyId: string
const acme = new RecordedUpstream()
const claude = new RecordedUpstream()

beforeAll(async () => {
  upstream = await startTestUpstream()
  const models = { 'acme/*': { input: 2, output: 10 }, 'claude/*': { input: 2, output: 10 } }
  const tiers = {
    'acme/*': { batch: 0.5 },
    'claude/*': { batch: 0.5 },
  }
  prices = await writePrices(models, tiers)
  proxy = await startTestProxy({ inference: { pricesFile: prices.path } })
  await proxy.addProvider('acme', {
    baseUrl: upstream.serve(acme.handle),
    paths: ['batches', 'batches/*', 'files/*', 'images/*'],
  })
  await proxy.addProvider('claude', {
    baseUrl: upstream.serve(claude.handle),
    protocol: 'anthropic',
    paths: ['messages/*'],
  })
  const made = await proxy.createKey()
  key = made.key
  keyId = made.keyId
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
  await prices?.[Symbol.asyncDispose]()
})

const used = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 }

const send = (path: string, body: object | string, method = 'POST'): Promise<Response> =>
  fetch(`${proxy.service.url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })

/** Sets a budget of money, and waits until the proxy knows it. */
async function money(limitAmount: number): Promise<void> {
  await setBudget(proxy.database.db, {
    subjectType: 'key',
    subjectId: keyId,
    model: '',
    unit: 'cost',
    period: 'total',
    limitAmount,
    maxOutputTokens: null,
    createdBy: proxy.ownerId,
  })
  await new Promise((resolve) => setTimeout(resolve, 1050))
}

const result = (id: string, model: string) =>
  JSON.stringify({
    id,
    response: { status_code: 200, body: { model, service_tier: 'default', usage: used } },
  })

async function batchRows(parents: readonly (string | null)[]) {
  return proxy.database.sql`
    select model, cost_micros::int as cost, input_tokens::int as input, output_tokens::int as output, upstream_request_id as upstream,
      ended_by, attempts
    from inference_usage where parent_id = any(${parents as string[]}) order by upstream_request_id`
}

test('each result of a batch has one row at the price of batches, however often it is read', async () => {
  const lines = [result('batch_req_1', 'm'), result('batch_req_2', 'm'), result('batch_req_1', 'm')]
  acme.answer = (to) =>
    to.writeHead(200, { 'content-type': 'application/octet-stream' }).end(lines.join('\n'))
  const reads = await Promise.all([1, 2, 3].map(() => send('files/file-1/content', '', 'GET')))
  const parents = reads.map((read) => read.headers.get('x-request-id'))
  for (const read of reads) expect((await read.text()).split('\n')).toEqual(lines)
  const row = { model: 'm', cost: 45, input: 20, output: 5, ended_by: 'done', attempts: 1 }
  await expect
    .poll(() => batchRows(parents), { timeout: 10_000 })
    .toEqual([
      { ...row, upstream: 'batch_req_1' },
      { ...row, upstream: 'batch_req_2' },
    ])
})

test('results of messages are charged by their lines, also of a file that is cut', async () => {
  const usage = { input_tokens: 20, output_tokens: 5, service_tier: 'batch' }
  const line = (id: string) =>
    JSON.stringify({
      custom_id: id,
      result: { type: 'succeeded', message: { id, model: 'm', usage } },
    })
  claude.answer = (to) => {
    to.writeHead(200, { 'content-type': 'application/x-jsonl' })
    to.write(`${line('msg_a')}\n${line('msg_b')}\n{"custom`, () =>
      setTimeout(() => to.destroy(), 50),
    )
  }
  const read = await send('messages/batches/b1/results', '', 'GET')
  await read.text().catch(() => undefined)
  const parents = [read.headers.get('x-request-id')]
  const row = { model: 'm', cost: 45, input: 20, output: 5, ended_by: 'done', attempts: 1 }
  await expect
    .poll(() => batchRows(parents), { timeout: 10_000 })
    .toEqual([
      { ...row, upstream: 'msg_a' },
      { ...row, upstream: 'msg_b' },
    ])
})

test('a batch is refused where a limit or a budget counts it, and served elsewhere', async () => {
  acme.answer = (to) => sendJson(to, { id: 'batch_1', object: 'batch', status: 'validating' })
  claude.answer = (to) => sendJson(to, { id: 'b', type: 'message_batch' })
  const make = (path: string) => send(path, { input_file_id: 'file-1', requests: [] })
  for (const path of ['batches', 'messages/batches']) expect((await make(path)).status).toBe(200)
  await money(1_000_000)
  const sent = acme.requests.length + claude.requests.length
  for (const path of [
    'batches',
    'providers/acme/batches',
    'messages/batches',
    'messages/%62atches',
    'messages/Batches',
    // An image without a model: the provider would take one of its own.
    'images/generations',
  ])
    expect([path, (await make(path)).status]).toEqual([path, 400])
  expect((await make('providers/claude/messages/count_tokens')).status).toBe(404)
  expect(acme.requests.length + claude.requests.length).toBe(sent)
})

test('a form reserves the output of all answers that it asks for', async () => {
  acme.answer = (to) => sendJson(to, { data: [], usage: used })
  // 16,384 output tokens for each answer, at 10 US dollars for a million.
  await money(800_000)
  const draw = async (n: number): Promise<number> => {
    const form = new FormData()
    form.set('model', 'acme/m')
    form.set('n', String(n))
    form.set('image', new Blob([Buffer.from([1, 0, 2])]), 'a.png')
    const headers = { authorization: `Bearer ${key}` }
    const url = `${proxy.service.url}/v1/images/edits`
    return (await fetch(url, { method: 'POST', headers, body: form })).status
  }
  expect(await draw(1)).toBe(200)
  expect(await draw(10)).toBe(402)
})

test.each(['models', 'fallbacks', 'tools'])(
  'a request to a further path cannot name another model in %s',
  async (name) => {
    const sent = acme.requests.length
    const other = name === 'tools' ? [{ type: 'x', model: 'dear' }] : ['dear']
    const answer = await send('images/generations', { model: 'acme/m', [name]: other })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(name)])
    expect(acme.requests).toHaveLength(sent)
  },
)
