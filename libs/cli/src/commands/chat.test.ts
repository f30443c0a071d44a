import { afterAll, beforeAll, expect, test } from 'vitest'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { run } from '../testing/memory-io.ts'

// A listener instead of a hub: the tests check how refusals are shown. Against a real hub: test/src/e2e/guides.e2e.test.ts.

interface Refusal {
  readonly status: number
  readonly error: object
  readonly headers?: Record<string, string>
}

const refusals: Readonly<Record<string, Refusal>> = {
  'acme/dear': {
    status: 402,
    error: { code: 'budget_exceeded', message: 'The budget has 0 left.' },
    headers: { 'x-request-id': '018f4a1e-0000-7000-8000-000000000001' },
  },
  'acme/busy': {
    status: 429,
    error: { code: 'rate_limited', message: 'Too many requests.' },
    headers: { 'retry-after': '7' },
  },
  'acme/none': { status: 404, error: { code: 'model_not_found', message: 'There is no model.' } },
  'acme/shut': { status: 401, error: { code: 'unauthenticated', message: 'No valid key.' } },
  'acme/away': {
    status: 503,
    error: { code: 'provider_unavailable', message: 'The provider acme cannot be reached.' },
  },
  'acme/closed': {
    status: 403,
    error: { code: 'access_denied', message: 'The key needs the scope inference:use.' },
  },
  'acme/down': { status: 502, error: { code: null, message: 'The provider failed.' } },
}

const hub = new AnsweringListener(({ input }, response) => {
  const { model } = input as { model: string }
  if (model === 'acme/cut') {
    const chunk = { choices: [{ delta: { content: 'because' } }] }
    const error = { error: { code: 'upstream_bad_answer', message: 'The answer ended early.' } }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`data: ${JSON.stringify(chunk)}\n\ndata: ${JSON.stringify(error)}\n\n`)
    return
  }
  const { status, error, headers } = refusals[model] ?? { status: 500, error: {} }
  response.writeHead(status, headers).end(JSON.stringify({ error }))
})
beforeAll(() => hub.start())
afterAll(() => hub.stop())

test.each([
  ['acme/dear', 1, 'BUDGET_EXCEEDED: The budget has 0 left. `alkhub budgets list`'],
  ['acme/busy', 1, 'RATE_LIMITED: Too many requests. Try again in 7 seconds.'],
  ['acme/none', 1, 'MODEL_NOT_FOUND: There is no model. `alkhub call inference.models`'],
  ['acme/shut', 4, 'UNAUTHENTICATED: No valid key. Give a valid key'],
  [
    'acme/away',
    1,
    'cannot be reached. The provider did not get the request. `alkhub providers list`',
  ],
  [
    'acme/closed',
    4,
    'inference:use. Use another key, for instance one of `alkhub keys create NAME',
  ],
  ['acme/down', 1, 'The provider failed. Ask again later, or another model.'],
])('a refusal of %s has its code, its fix and an exit code', async (model, code, words) => {
  const ran = await run(['chat', model, 'Hello', ...hub.args])
  expect({ code: ran.code, err: ran.err }).toEqual({ code, err: expect.stringContaining(words) })
})

test('with --json a refusal is data: code, call and the time to wait', async () => {
  const dear = await run(['chat', 'acme/dear', 'Hello', '--json', ...hub.args])
  expect(JSON.parse(dear.out)).toMatchObject({
    error: { code: 'BUDGET_EXCEEDED', callId: '018f4a1e-0000-7000-8000-000000000001' },
  })
  const busy = await run(['chat', 'acme/busy', 'Hello', '--json', ...hub.args])
  expect(JSON.parse(busy.out)).toMatchObject({ error: { retryAfterMs: 7000 } })
  const down = await run(['chat', 'acme/down', 'Hello', '--json', ...hub.args])
  expect(JSON.parse(down.out)).toMatchObject({ error: { code: 'HTTP_502' } })
})

test('without a hub the chat says so, as every command does', async () => {
  const [, , , keyFile = ''] = hub.args
  const nowhere = ['--hub', 'http://127.0.0.1:9', '--key-file', keyFile]
  const { code, err } = await run(['chat', 'acme/dear', 'Hello', ...nowhere])
  expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('No hub answers at') })
})

test('an error behind a part of the answer is on a line of its own', async () => {
  const { code, out, err } = await run(['chat', 'acme/cut', 'Hello', ...hub.args])
  expect({ code, out }).toEqual({ code: 1, out: 'because\n' })
  expect(err).toContain('UPSTREAM_BAD_ANSWER: The answer ended early.')
})
