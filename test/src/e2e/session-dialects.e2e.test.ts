import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  CoordSpawnOutput,
  CoordStatusOutput,
  Session,
  SessionMessage,
} from '@alkdev/contracts/agents'
import { attachSpoke, query } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { must, uuidv7 } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import { startSealingModel } from '../sealing-model.ts'
import type { SealedRequest, SealingModel } from '../sealing-model.ts'
import { WIRES } from '../sealing-wires.ts'
import type { Wire } from '../sealing-wires.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

/* H33: a session asks its model in the dialect in which that loses nothing, and what a provider signed goes back to it and to no other. */

const disposables = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey
let spoke: Spoke
const models = {} as Record<Wire, SealingModel>

/** Characters of what `t.look` gives. */
const LONG = 9000

const look = query(
  {
    id: 't.look',
    description: 'Looks.',
    input: Type.Object({ prompt: Type.String() }),
    output: Type.Object({ seen: Type.String() }),
  },
  ({ prompt }) => Promise.resolve({ seen: 'x'.repeat(prompt.startsWith('long') ? LONG : 10) }),
)

const CONFIGS = {
  messages: { protocol: 'anthropic' },
  responses: { endpoints: ['responses', 'chat'] },
  chat: {},
  google: { protocol: 'google' },
} as const
/** The dialect in which a session asks a model of the wire format. */
const DIALECTS = { messages: 'messages', responses: 'responses', chat: 'chat', google: 'chat' }

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-prices-'))
  disposables.defer(() => rm(folder, { recursive: true, force: true }))
  const pricesFile = join(folder, 'prices.json')
  const price = { input: 2, output: 10, cacheRead: 0.5 }
  const prices = Object.fromEntries(WIRES.map((wire) => [`${wire}/*`, price]))
  await writeFile(pricesFile, JSON.stringify({ version: 'test', models: prices }))
  hub = disposables.use(await startTestStack({ inference: { pricesFile } }))
  user = await hub.createKey(['*'])
  for (const wire of WIRES) {
    // oxlint-disable-next-line no-await-in-loop -- four
    models[wire] = disposables.use(await startSealingModel(wire, 't.look'))
    // oxlint-disable-next-line no-await-in-loop -- four
    await addProvider(wire, wire)
  }
  spoke = attachSpoke({
    hub: hub.broker,
    key: user.key,
    name: 'desk',
    spokeType: 'dev-env',
    operations: [look],
  })
  await spoke.attached()
})
afterAll(async () => {
  await spoke?.[Symbol.asyncDispose]()
  await disposables.disposeAsync()
})
let seen: Record<Wire, number>
beforeEach(() => {
  seen = Object.fromEntries(WIRES.map((wire) => [wire, models[wire].requests.length])) as never
})

async function ok<T = Record<string, unknown>>(id: string, input: object, key = user): Promise<T> {
  const { status, body } = await call(hub, key, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}
const addProvider = (name: string, wire: Wire) =>
  ok('clients.create', {
    name,
    type: 'llm-provider',
    config: { baseUrl: models[wire].urlOf(wire), ...CONFIGS[wire] },
    secret: 'secret-of-no-one',
  })
const ended = (sessionId: string): Promise<Session> =>
  vi.waitFor(
    async () => {
      const session = await ok<Session>('sessions.get', { sessionId })
      expect([session.turnId, session.status]).toEqual([undefined, 'idle'])
      return session
    },
    { timeout: 60_000, interval: 100 },
  )
const create = (input: object) => ok<Session>('sessions.create', input)
const prompted = async (sessionId: string, text: string): Promise<Session> => {
  await ok('sessions.prompt', { sessionId, text })
  return ended(sessionId)
}
const messagesOf = async (sessionId: string): Promise<SessionMessage[]> =>
  (await ok<{ items: SessionMessage[] }>('sessions.messages', { sessionId })).items.toReversed()
/** The requests of the running test. */
const requests = (wire: Wire): SealedRequest[] => models[wire].requests.slice(seen[wire])
const refusals = (wire: Wire): SealedRequest[] =>
  requests(wire).filter(({ refusal }) => refusal !== undefined)
const textOf = ({ parts }: SessionMessage): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
const lastText = async (sessionId: string): Promise<string> =>
  textOf(must((await messagesOf(sessionId)).at(-1)))

test.each(WIRES)(
  'signed reasoning with parallel tools goes back to %s from step to step, and in the next turn',
  async (wire) => {
    const { sessionId } = await create({ model: `${wire}/gpt-5`, prompt: 'look twice' })
    expect(await ended(sessionId)).toMatchObject({ endReason: 'completed' })
    expect(refusals(wire)).toEqual([])
    expect(requests(wire).map(({ round, seals }) => [round, seals.length])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ])
    const messages = await messagesOf(sessionId)
    const parts = messages.map((message) => message.parts.map(({ type }) => type))
    const asked = ['tool-call', 'tool-call', 'step-finish']
    // Each summary of a response is a part of its own.
    const thought = wire === 'responses' ? ['reasoning', 'reasoning'] : ['reasoning']
    expect(parts).toEqual([
      ['text'],
      [...thought, 'text', ...asked],
      // Its thought is hidden.
      asked,
      [...thought, 'text', 'step-finish'],
    ])
    expect(textOf(must(messages[3]))).toBe(`${wire} is done.`)
    expect(messages[1]?.parts.at(-1)).toMatchObject({
      type: 'step-finish',
      inputTokens: 19,
      outputTokens: 7,
      cachedTokens: 5,
    })
    // What is for the provider alone is shown to no reader.
    expect(JSON.stringify(messages)).not.toContain('"seal"')
    const usage = await hub.database.sql`
      select input_tokens from inference_usage where session_id = ${sessionId}`
    expect(usage).toHaveLength(3)

    expect(await prompted(sessionId, 'and again')).toMatchObject({ endReason: 'completed' })
    expect(refusals(wire)).toEqual([])
    const { seals } = must(requests(wire).at(-1))
    // Google signs calls, the others each thought, that of the answer too.
    expect(seals.length).toBe(DIALECTS[wire] === 'chat' ? 4 : 5)
  },
)

test('each dialect has its own address and members', async () => {
  for (const wire of WIRES) {
    // oxlint-disable-next-line no-await-in-loop -- four
    const { sessionId } = await create({
      model: `${wire}/gpt-5`,
      prompt: 'look',
      instructions: 'Be brief.',
    })
    // oxlint-disable-next-line no-await-in-loop -- four
    await ended(sessionId)
  }
  const last = (wire: Wire) => must(requests(wire).at(-1)).body
  const mark = { type: 'ephemeral' }
  expect(last('messages')).toMatchObject({
    model: 'gpt-5',
    max_tokens: 16_384,
    system: [{ text: 'Be brief.', cache_control: mark }],
  })
  const content = last('messages').messages.at(-1).content
  expect(content.at(-1)).toMatchObject({ type: 'tool_result', cache_control: mark })
  expect(last('responses')).toMatchObject({
    store: false,
    include: ['reasoning.encrypted_content'],
    tools: expect.arrayContaining([expect.objectContaining({ strict: false })]),
  })
  expect(last('chat')).toMatchObject({ stream_options: { include_usage: true } })
  const endpoints = await hub.database.sql<{ model: string; endpoint: string }[]>`
    select distinct requested_model as model, endpoint from inference_usage`
  expect(Object.fromEntries(endpoints.map((one) => [one.model, one.endpoint]))).toMatchObject(
    Object.fromEntries(
      WIRES.map((wire) => {
        const endpoint = DIALECTS[wire] === 'chat' ? 'chat/completions' : DIALECTS[wire]
        return [`${wire}/gpt-5`, endpoint]
      }),
    ),
  )
})

test.each(WIRES)(
  'a fork has the calls and the signed reasoning of its origin with %s',
  async (wire) => {
    const { sessionId } = await create({ model: `${wire}/gpt-5`, prompt: 'look' })
    await ended(sessionId)
    const before = must(requests(wire).at(-1))
    const fork = await ok<Session>('sessions.fork', { sessionId })
    expect(await prompted(fork.sessionId, 'go on')).toMatchObject({ endReason: 'completed' })
    expect(refusals(wire)).toEqual([])
    const [first] = requests(wire).slice(3)
    expect(must(first).seals.slice(0, 2)).toEqual(before.seals)
    // Its history is that of the origin, to the byte.
    const historyOf = ({ body }: SealedRequest): unknown[] =>
      (body.messages ?? body.input ?? body.contents) as unknown[]
    const unmarked = (history: unknown[]): string =>
      JSON.stringify(history).replaceAll(',"cache_control":{"type":"ephemeral"}', '')
    const origin = historyOf(before)
    expect(unmarked(historyOf(must(first)).slice(0, origin.length))).toBe(unmarked(origin))
  },
)

test('a session whose model is replaced by one of another dialect brings no foreign signature, and has its own again when it returns', async () => {
  await ok(
    'roles.create',
    {
      name: 'switching',
      mode: 'primary',
      permissions: [{ action: '*', permission: 'allow', pattern: '*' }],
      scopes: ['*'],
      data: { model: 'messages/gpt-5' },
    },
    hub.admin,
  )
  const { sessionId } = await create({ role: 'switching', prompt: 'look' })
  expect(await ended(sessionId)).toMatchObject({ endReason: 'completed' })
  for (const wire of ['responses', 'chat', 'google', 'messages'] as const) {
    // oxlint-disable no-await-in-loop -- one after the other
    const data = { model: `${wire}/gpt-5` }
    await ok('roles.update', { name: 'switching', data }, hub.admin)
    expect(await prompted(sessionId, `on with ${wire}`)).toMatchObject({ endReason: 'completed' })
    expect(await lastText(sessionId)).toBe(`${wire} is done.`)
    // oxlint-enable no-await-in-loop
  }
  for (const wire of WIRES) expect(refusals(wire)).toEqual([])
  expect(requests('responses')[0]?.seals).toEqual([])
  // Two rounds and the answer of the first turn, and two rounds of the last.
  expect(requests('messages').at(-1)?.seals).toHaveLength(5)
})

test.each(['messages', 'responses'] as const)(
  'after a summary the reasoning of the steps behind it goes back to %s',
  async (wire) => {
    const name = `narrow-${wire}`
    await ok(
      'roles.create',
      {
        name,
        mode: 'primary',
        permissions: [{ action: '*', permission: 'allow', pattern: '*' }],
        scopes: ['*'],
        data: { contextTokens: 8000 },
      },
      hub.admin,
    )
    const { sessionId } = await create({
      model: `${wire}/gpt-5`,
      role: name,
      prompt: 'long look',
    })
    expect(await ended(sessionId)).toMatchObject({ endReason: 'completed' })
    const messages = await messagesOf(sessionId)
    expect(messages.filter(({ parts }) => parts[0]?.type === 'compaction')).toHaveLength(1)
    expect(refusals(wire)).toEqual([])
    // Those before the summary are gone with what they belong to.
    expect(requests(wire).at(-1)).toMatchObject({ round: 2, seals: { length: 2 } })
  },
)

test.each(WIRES)(
  'reasoning that %s does not take back any more is left out, once for all steps before',
  async (wire) => {
    const { sessionId } = await create({ model: `${wire}/gpt-5`, prompt: 'look' })
    await ended(sessionId)
    models[wire].forget()
    expect(await prompted(sessionId, 'look again')).toMatchObject({ endReason: 'completed' })
    expect(refusals(wire)).toHaveLength(1)
    expect(requests(wire).at(-1)?.seals).toHaveLength(2)
    expect(await prompted(sessionId, 'and again')).toMatchObject({ endReason: 'completed' })
    expect(refusals(wire)).toHaveLength(1)
    const steps = await hub.database.sql<{ status: string; reason: string | null }[]>`
      select status, reason from turn_steps where session_id = ${sessionId} and status = 'dropped'`
    expect(steps).toEqual([{ status: 'dropped', reason: 'provider-error' }])
  },
)

test('a model that no provider serves any more ends the turn with its code, whatever its dialect was', async () => {
  const name = `gone-${uuidv7().slice(-8)}`
  await addProvider(name, 'messages')
  const { sessionId } = await create({ model: `${name}/gpt-5`, prompt: 'look' })
  expect(await ended(sessionId)).toMatchObject({ endReason: 'completed' })
  await ok('clients.delete', { name })
  await vi.waitFor(async () => {
    const input = { model: `${name}/gpt-5`, mode: 'external', title: 'Any' }
    expect((await call(hub, user, 'sessions.create', input)).status).toBe(404)
  })
  await ok('sessions.prompt', { sessionId, text: 'again' })
  await vi.waitFor(
    async () =>
      expect(await ok<Session>('sessions.get', { sessionId })).toMatchObject({
        endReason: 'provider-error',
        endError: { code: 'MODEL_NOT_FOUND' },
      }),
    { timeout: 60_000, interval: 100 },
  )
})

/** Characters of a signature: as many as fit into a step, with what stands beside it, and too many. */
const LARGE = 300_000
const TOO_LARGE = 1_048_576

test.each(WIRES)(
  'signatures of %s that are large are stored and go back as they came, and one of 1 MiB ends the turn with its reason',
  async (wire) => {
    const { sessionId } = await create({ model: `${wire}/gpt-5`, prompt: `seal of ${LARGE}` })
    expect(await ended(sessionId)).toMatchObject({ endReason: 'completed' })
    expect(refusals(wire)).toEqual([])
    const back = must(requests(wire).at(-1)).seals
    expect(back.map(({ length }) => length)).toEqual([LARGE, LARGE])
    // No reader gets them.
    expect(JSON.stringify(await messagesOf(sessionId)).length).toBeLessThan(10_000)
    expect(await prompted(sessionId, 'and again')).toMatchObject({ endReason: 'completed' })
    expect(refusals(wire)).toEqual([])

    const large = await create({ model: `${wire}/gpt-5`, prompt: `seal of ${TOO_LARGE}` })
    expect(await ended(large.sessionId)).toMatchObject({
      endReason: 'provider-error',
      endError: { code: 'PAYLOAD_TOO_LARGE', message: 'The answer of the model is too large.' },
    })
    expect(await prompted(large.sessionId, 'look')).toMatchObject({ endReason: 'completed' })
  },
)

test.each(['messages', 'responses', 'chat'] as const)(
  'arguments of calls that are no JSON are refused to the model of %s, which goes on',
  async (wire) => {
    const { sessionId } = await create({ model: `${wire}/gpt-5`, prompt: 'broken look' })
    expect(await ended(sessionId)).toMatchObject({ endReason: 'completed' })
    expect(refusals(wire)).toEqual([])
    const calls = await hub.database.sql<{ status: string; error: string | null }[]>`
      select status, error from tool_calls where session_id = ${sessionId} order by step, idx`
    expect(calls.map(({ status }) => status)).toEqual(['failed', 'failed', 'done', 'done'])
    expect(JSON.parse(calls[0]?.error ?? '')).toMatchObject({ code: 'VALIDATION_ERROR' })
    expect(await prompted(sessionId, 'and again')).toMatchObject({ endReason: 'completed' })
    expect(refusals(wire)).toEqual([])
  },
)

test.each(WIRES)(
  'the ledger has of a session with %s what its steps, its turn, its budget and the status of its tree show',
  async (wire) => {
    const lead = await create({ mode: 'external', title: 'Lead' })
    const { session } = await ok<CoordSpawnOutput>('coord.spawn', {
      parentSessionId: lead.sessionId,
      model: `${wire}/gpt-5`,
      prompt: 'look',
      budget: { cost: 10_000_000, tokens: 1_000_000 },
    })
    const { sessionId } = session
    expect(await ended(sessionId)).toMatchObject({ endReason: 'completed' })
    // The last call is settled a moment after its answer.
    const { input, output, cached, cost } = await vi.waitFor(
      async () => {
        const [ledger] = await hub.database.sql<Ledger[]>`
          select count(*)::int as calls, sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens)::int as input,
            sum(output_tokens + reasoning_tokens)::int as output, sum(cache_read_tokens)::int as cached, sum(cost_micros)::int as cost
          from inference_usage where session_id = ${sessionId} and ended_at is not null`
        expect(ledger?.calls).toBe(3)
        return must(ledger)
      },
      { timeout: 30_000, interval: 100 },
    )
    expect(cost).toBeGreaterThan(0)

    const finishes = (await messagesOf(sessionId)).flatMap(({ parts }) =>
      parts.filter((part) => part.type === 'step-finish'),
    )
    const sum = (name: 'inputTokens' | 'outputTokens' | 'cachedTokens'): number =>
      finishes.reduce((total, part) => total + (part[name] ?? 0), 0)
    expect([sum('inputTokens'), sum('outputTokens'), sum('cachedTokens')]).toEqual([
      input,
      output,
      cached,
    ])
    const [turn] = await hub.database.sql`
      select input_tokens::int as input, output_tokens::int as output from turns where session_id = ${sessionId}`
    expect(turn).toEqual({ input, output })
    const { sessions } = await ok<CoordStatusOutput>('coord.status', { sessionId })
    expect(sessions[0]?.spend).toMatchObject({
      inputTokens: input,
      outputTokens: output,
      cost,
      costBudget: { spent: cost, reserved: 0 },
      tokenBudget: { spent: input + output, reserved: 0 },
    })
  },
)

interface Ledger {
  readonly calls: number
  readonly input: number
  readonly output: number
  readonly cached: number
  readonly cost: number
}
