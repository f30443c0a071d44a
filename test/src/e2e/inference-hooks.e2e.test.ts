import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attachSpoke, query, Type } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

/* Hooks that are operations of a spoke: one that blocks, redacts and tags, one that is slow, and one that is not there. */

interface Seen {
  readonly phase: string
  readonly callId: string
  readonly accountId: string
  readonly model: string
  readonly texts: readonly string[]
  readonly isLast: boolean
}

let hub: TestStack
let spoke: Spoke
let provider: Provider
let user: TestKey
let hookKey: TestKey
const hooks: object[] = []
let seen: Seen[] = []

const Input = Type.Object({
  phase: Type.String(),
  callId: Type.String(),
  accountId: Type.String(),
  model: Type.String(),
  endpoint: Type.String(),
  texts: Type.Array(Type.String()),
  isLast: Type.Boolean(),
})

const check = query(
  { id: 'texts.check', description: 'Checks texts.', input: Input, output: Type.Object({}) },
  (input) => {
    seen.push(input)
    const text = input.texts.join('\n')
    if (text.includes('forbidden')) return { block: 'no such words' }
    return {
      tags: [`checked-${input.phase}`],
      ...(text.includes('4111-1111') && { redact: ['4111-1111'] }),
    }
  },
)
const sleepy = query(
  { id: 'texts.sleepy', description: 'Is slow.', input: Input, output: Type.Object({}) },
  () => new Promise<object>(() => undefined),
)
const odd = query(
  { id: 'texts.odd', description: 'Answers oddly.', input: Input, output: Type.Object({}) },
  () => ({ block: 7 }),
)

interface Provider {
  readonly url: string
  readonly bodies: string[]
  /** What the model says; a stream waits at `|` for `goOn`. */
  text: string
  goOn: () => void
  close(): void
}

async function startProvider(): Promise<Provider> {
  const bodies: string[] = []
  const server = createServer((request, answer) => void serve(request, answer))
  const serve = async (request: IncomingMessage, answer: ServerResponse): Promise<void> => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    // The list of models.
    if (body === '') return void answer.writeHead(404).end()
    bodies.push(body)
    const isStream = (JSON.parse(body) as { stream?: boolean }).stream === true
    const usage = { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 }
    if (!isStream) {
      const message = { role: 'assistant', content: own.text }
      const choices = [{ index: 0, message, finish_reason: 'stop' }]
      answer.writeHead(200, { 'content-type': 'application/json' })
      answer.end(JSON.stringify({ id: 'c', choices, usage }))
      return
    }
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    const event = (choice: object, more: object = {}): string =>
      `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, ...choice }], ...more })}\n\n`
    for (const [at, part] of own.text.split('|').entries()) {
      // oxlint-disable-next-line no-await-in-loop -- the test says when
      if (at > 0) await new Promise<void>((resolve) => (own.goOn = resolve))
      for (const content of part.match(/.{1,3}/gs) ?? [])
        answer.write(event({ delta: { content } }))
    }
    answer.end(`${event({ delta: {}, finish_reason: 'stop' }, { usage })}data: [DONE]\n\n`)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own: Provider = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    bodies,
    text: 'Hello',
    goOn: () => undefined,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return own
}

beforeAll(async () => {
  hub = await startTestStack(
    {},
    {
      onConfig: (config) =>
        'inference' in config
          ? { ...config, inference: { ...(config.inference as object), hooks } }
          : config,
    },
  )
  provider = await startProvider()
  user = await hub.createKey(['inference:use', 'clients:*'])
  const owner = await hub.createKey(['spokes:attach'])
  hookKey = await hub.createKey([], owner.accountId)
  spoke = attachSpoke({
    hub: hub.gateway,
    key: owner.key,
    name: 'guard',
    operations: [check, sleepy, odd],
  })
  await spoke.attached()
  await call(hub, user, 'clients.create', {
    name: 'acme',
    type: 'llm-provider',
    config: { baseUrl: provider.url, models: ['m'], endpoints: ['chat'] },
  })
  const hook = (
    name: string,
    failure: string,
    models: readonly string[],
    phases: readonly string[],
  ) => ({
    name,
    operation: `client.guard.texts.${name}`,
    keyId: hookKey.keyId,
    phases,
    failure,
    models,
    windowCharacters: 20,
    overlapCharacters: 9,
  })
  hooks.push(
    hook('check', 'failClosed', ['acme/m'], ['before', 'after']),
    { ...hook('sleepy', 'failClosed', ['acme/closed'], ['before']), timeoutMs: 300 },
    { ...hook('sleepy', 'failOpen', ['acme/open'], ['before', 'after']), timeoutMs: 300 },
    hook('odd', 'failClosed', ['acme/odd'], ['after']),
    hook('absent', 'failClosed', ['acme/absent'], ['before']),
  )
  await hub.restart('inference-proxy')
})
afterAll(async () => {
  await spoke?.stop()
  provider?.close()
  await hub?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  seen = []
  provider.bodies.length = 0
  provider.text = 'Hello'
})

const chat = (model: string, content: string, more: object = {}, key = user.key) =>
  fetch(`${hub.inference}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'x-alkhub-tags': 'team-a',
    },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }], ...more }),
  })

const rowOf = async (response: Response): Promise<Record<string, unknown>> => {
  const id = response.headers.get('x-request-id')
  const read = async () =>
    (await hub.database.sql`select * from inference_usage where id = ${id}`)[0] ?? {}
  await expect.poll(async () => (await read())['ended_at'], { timeout: 20_000 }).toBeTruthy()
  return read()
}

test('a hook sees the texts of request and answer, and its tags are on the row beside those of the client', async () => {
  const response = await chat('acme/m', 'Good day')
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Hello' } }] })
  expect(seen).toMatchObject([
    { phase: 'before', texts: ['Good day'], model: 'acme/m', accountId: user.accountId },
    { phase: 'after', texts: ['Hello'], isLast: true },
  ])
  expect(await rowOf(response)).toMatchObject({ tags: ['team-a', 'checked-before'], code: null })
})

test('the calls of a hook are in the history below the call of the model', async () => {
  const response = await chat('acme/m', 'Good day')
  await response.body?.cancel()
  const id = response.headers.get('x-request-id')
  const below = async (): Promise<unknown> => hub.database.sql`
    select account_id from call_log where parent_id = ${id}`
  await expect
    .poll(below, { timeout: 20_000 })
    .toMatchObject([{ account_id: hookKey.accountId }, { account_id: hookKey.accountId }])
})

test('a request that a hook refuses is not sent, and has a row that says so', async () => {
  const response = await chat('acme/m', 'forbidden words')
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({
    error: { code: 'content_blocked', message: expect.stringContaining('no such words') },
  })
  expect(provider.bodies).toEqual([])
  expect(await rowOf(response)).toMatchObject({
    code: 'CONTENT_BLOCKED',
    status: 403,
    ended_by: 'hub',
    cost_micros: '0',
  })
})

test('what a hook redacts does not reach the provider, nor the client', async () => {
  provider.text = 'Your card 4111-1111 is fine.'
  const response = await chat('acme/m', 'My card is 4111-1111.', { seed: 9 })
  expect(provider.bodies[0]).toContain('My card is [redacted].')
  expect(provider.bodies[0]).toContain('"seed":9')
  expect(await response.json()).toMatchObject({
    choices: [{ message: { content: 'Your card [redacted] is fine.' } }],
  })
})

test('an answer that a hook refuses does not reach the client, and is charged', async () => {
  provider.text = 'forbidden answer'
  const response = await chat('acme/m', 'Hi')
  expect(response.status).toBe(403)
  expect(await response.text()).not.toContain('forbidden answer')
  expect(await rowOf(response)).toMatchObject({
    code: 'CONTENT_BLOCKED',
    usage_source: 'provider',
    output_tokens: '5',
  })
})

test('a stream is redacted although its deltas are shorter than what is redacted', async () => {
  provider.text = `${'x'.repeat(25)} 4111-1111 ${'y'.repeat(40)}`
  const response = await chat('acme/m', 'Hi', { stream: true })
  const text = await response.text()
  const content = text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as { choices: { delta?: { content?: string } }[] })
    .map(({ choices }) => choices[0]?.delta?.content ?? '')
    .join('')
  expect(content).toMatch(/^x{25} (?:\[redacted\])+ y{40}$/)
  expect(text).toContain('[DONE]')
  expect(seen.at(-1)?.isLast).toBe(true)
})

test('a stream that a hook refuses before its first window is an error, and later one is cut', async () => {
  provider.text = 'forbidden at once'
  const first = await chat('acme/m', 'Hi', { stream: true })
  expect(first.status).toBe(403)
  provider.text = `${'fine words '.repeat(6)}|forbidden end`
  const later = await chat('acme/m', 'Hi', { stream: true })
  expect(later.status).toBe(200)
  const chunks: string[] = []
  const decoder = new TextDecoder()
  await (async () => {
    for await (const chunk of later.body ?? []) {
      chunks.push(decoder.decode(chunk as Uint8Array))
      provider.goOn()
    }
  })().catch(() => chunks.push('CUT'))
  const text = chunks.join('')
  expect(text).toContain('content_blocked')
  expect(text.endsWith('CUT')).toBe(true)
  expect(text).not.toContain('[DONE]')
  expect(text).not.toContain('bid')
})

test.each(['acme/closed', 'acme/absent', 'acme/odd'])(
  'a hook of %s that cannot check ends the call when it is failClosed',
  async (model) => {
    const response = await chat(model, 'Hi')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: { code: 'hook_failed' } })
    expect(hub.logs()).toContain('a hook could not check a call')
  },
)

test('a hook that is too slow lets everything pass when it is failOpen', async () => {
  const response = await chat('acme/open', 'Hi', { stream: true })
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('[DONE]')
})

test('a call that is made with the key of the hook does not pass it', async () => {
  const own = await hub.createKey(['inference:use', 'clients:*'], hookKey.accountId)
  await call(hub, own, 'clients.create', {
    name: 'judge',
    type: 'llm-provider',
    config: { baseUrl: provider.url, models: ['m'], endpoints: ['chat'] },
  })
  const response = await chat('judge/m', 'forbidden words', {}, own.key)
  expect(response.status).toBe(200)
  expect(seen).toEqual([])
})

test.each(['responses', 'messages'])(
  'a request for %s is checked when it is translated',
  async (path) => {
    const body =
      path === 'responses'
        ? { input: 'a 4111-1111 card' }
        : { messages: [{ role: 'user', content: 'a 4111-1111 card' }], max_tokens: 20 }
    provider.text = 'the 4111-1111 card'
    const response = await fetch(`${hub.inference}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'acme/m', ...body, stream: true }),
    })
    const text = await response.text()
    expect([response.status, text]).toEqual([200, expect.any(String)])
    expect(provider.bodies[0]).not.toContain('4111-1111')
    expect(text).not.toMatch(/4111-1111/)
    expect(text).toContain('[redacted]')
  },
)
