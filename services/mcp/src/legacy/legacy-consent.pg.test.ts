import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestMcp } from '../testing/test-mcp.ts'
import type { TestMcp } from '../testing/test-mcp.ts'

const WIPE = 'dev.probe.probe.wipe'

let mcp: TestMcp

beforeAll(async () => {
  mcp = await startTestMcp()
  const session = await open()
  const ready = async (): Promise<string> =>
    (await post(session, call('schema', { operationId: WIPE }))).text()
  await vi.waitUntil(async () => (await ready()).includes('destroys'), { timeout: 20_000 })
})
afterAll(() => mcp?.[Symbol.asyncDispose]())

interface Session {
  readonly key: string
  readonly id: string
}

function post({ key, id }: Session, message: object, signal?: AbortSignal): Promise<Response> {
  return fetch(mcp.url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
      ...(id !== '' && { 'mcp-session-id': id }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    ...(signal !== undefined && { signal }),
  })
}

function call(name: string, input: object): object {
  return { id: 7, method: 'tools/call', params: { name, arguments: input } }
}

/** A client that can ask a person. */
async function open(key = mcp.key, capabilities: object = { elicitation: {} }): Promise<Session> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities,
    clientInfo: { name: 'test', version: '1' },
  }
  const answer = await post({ key, id: '' }, { id: 0, method: 'initialize', params })
  await answer.text()
  return { key, id: answer.headers.get('mcp-session-id') ?? '' }
}

interface Asking {
  /** Of the question. */
  readonly id: string
  readonly message: string
  /** What follows in the stream. */
  rest(): Promise<string>
}

/** Calls the destructive operation until its question arrives. */
async function ask(session: Session, signal?: AbortSignal): Promise<Asking> {
  const response = await post(session, call('call', { operationId: WIPE }), signal)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (reader === undefined) throw new Error('the answer has no body')
  let text = ''
  while (!text.includes('elicitation/create')) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`the answer ended: ${text}`)
    text += value
  }
  const line = text.split('\n').find((one) => one.startsWith('data: {')) ?? ''
  const asked = JSON.parse(line.slice('data: '.length)) as {
    readonly id: string
    readonly params: { readonly message: string }
  }
  return {
    id: asked.id,
    message: asked.params.message,
    async rest() {
      let more = ''
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return more
        more += value
      }
    },
  }
}

const answer = async (session: Session, { id }: Asking, action = 'accept'): Promise<void> => {
  const { status } = await post(session, { id, result: { action, content: {} } })
  expect(status).toBe(202)
}

test('an answer counts once, and from the session that was asked alone', async () => {
  const [asked, other, foreign] = [
    await open(),
    await open(),
    await open((await mcp.createKey()).key),
  ]
  const before = mcp.calls.length
  const asking = await ask(asked)
  expect(asking.message).toContain(WIPE)
  await answer(other, asking)
  await answer(foreign, asking)
  await answer({ ...asked, id: '' }, asking)
  await answer(asked, asking, 'decline')
  await answer(asked, asking)
  expect(await asking.rest()).toContain('The user refused')
  const again = await ask(asked)
  await answer(asked, asking)
  await answer(asked, again)
  await answer(asked, again)
  expect(await again.rest()).toContain('wiped')
  expect(mcp.calls.length - before).toBe(1)
})

test.each(['cancels the call', 'leaves'])(
  'a call whose client %s while it asks does not run',
  async (what) => {
    const session = await open()
    const before = mcp.calls.length
    const leaving = new AbortController()
    const asking = await ask(session, leaving.signal)
    if (what === 'leaves') leaving.abort()
    else await post(session, { method: 'notifications/cancelled', params: { requestId: 7 } })
    await asking.rest().catch(() => undefined)
    await answer(session, asking)
    const next = await ask(session)
    await answer(session, next)
    expect(await next.rest()).toContain('wiped')
    expect(mcp.calls.length - before).toBe(1)
  },
)

test('a call that asks while its key is revoked ends with that reason, and does not run', async () => {
  const { key, keyId } = await mcp.createKey()
  const session = await open(key)
  const before = mcp.calls.length
  const asking = await ask(session)
  await mcp.revoke(keyId)
  expect(await asking.rest()).toContain('UNAUTHENTICATED')
  expect(mcp.calls.length).toBe(before)
})

test('a client that cannot ask a person gets an error with a code where one must agree', async () => {
  const session = await open(mcp.key, {})
  const before = mcp.calls.length
  const answered = await post(session, call('call', { operationId: 'dev.probe.probe.format' }))
  const text = await answered.text()
  expect(text).toContain('INPUT_REQUIRED')
  expect(text).toContain('this client cannot ask one: it does not declare elicitation')
  expect(mcp.calls.length).toBe(before)
})
