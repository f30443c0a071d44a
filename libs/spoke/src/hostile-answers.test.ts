import { Type } from '@alkdev/typebox'
import { beforeEach, expect, test, vi } from 'vitest'
import { attachSpoke, CodedError, mutation, subscription } from './index.ts'
import type { SpokeOptions } from './index.ts'
import { createTestHub } from './testing.ts'

const none = Type.Object({})
const anything = Type.Unknown()

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const fails = (): never => {
  throw new Error('hostile')
}
const loop: { self?: object } = {}
loop.self = loop

beforeEach(() => {
  // Receives the errors of a log that throws.
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
})

/** Values that throw when they are read or serialized, or have no JSON text. */
const hostileValues: readonly (readonly [what: string, make: () => unknown])[] = [
  ['a BigInt', () => 1n],
  ['a BigInt in a member', () => ({ a: [1n] })],
  ['a getter that throws', () => Object.defineProperty({}, 'a', { enumerable: true, get: fails })],
  ['a toJSON that throws', () => ({ toJSON: fails })],
  ['a value that contains itself', () => loop],
  ['a revoked proxy', revoked],
  ['a member that is a revoked proxy', () => ({ a: revoked() })],
]
/** Values that JSON leaves out. */
const absentValues: readonly (readonly [what: string, make: () => unknown])[] = [
  ['a function', () => () => 1],
  ['a symbol', () => Symbol('x')],
  ['a toJSON without a value', () => ({ toJSON: () => undefined })],
]
class OddError extends CodedError {
  constructor(member: string, value: unknown) {
    super('CONFLICT', 'odd')
    Object.defineProperty(this, member, typeof value === 'function' ? { get: fails } : { value })
  }
}
const hostileErrors: readonly (readonly [what: string, make: () => unknown])[] = [
  ...hostileValues,
  ...absentValues,
  ['nothing', () => undefined],
  ['a code of 65 characters', () => new CodedError('C'.repeat(65), 'x')],
  ['an empty code', () => new CodedError('', 'x')],
  [
    'an error whose message throws',
    () => Object.defineProperty(new Error('x'), 'message', { get: fails }),
  ],
  [
    'an error whose name throws',
    () => Object.defineProperty(new Error('x'), 'name', { get: fails }),
  ],
  [
    'an error whose code throws',
    () => Object.defineProperty(new Error('x'), 'code', { get: fails }),
  ],
  ...hostileValues.map(
    ([what, make]) =>
      [
        `details that are ${what}`,
        () => new CodedError('CONFLICT', 'x', { details: make() }),
      ] as const,
  ),
  ...['code', 'message', 'details', 'retryAfterMs'].flatMap((member) => [
    [`a coded error whose ${member} is a BigInt`, () => new OddError(member, 1n)] as const,
    [`a coded error whose ${member} is a symbol`, () => new OddError(member, Symbol('x'))] as const,
    [`a coded error whose ${member} throws`, () => new OddError(member, fails)] as const,
  ]),
]

/** A spoke whose operations answer, stream and throw the values of `make`; calls them, and then another operation. */
async function outcomes(make: () => unknown, options: Partial<SpokeOptions> = {}) {
  await using hub = createTestHub()
  const declared = [{ code: 'ODD', description: 'x', schema: {} }]
  const about = { description: 'x', input: none, output: anything, errorSchemas: declared }
  const name = 'hostile'
  const operations = [
    mutation({ id: 't.answer', ...about }, make),
    mutation({ id: 't.later', ...about }, async () => make()),
    mutation({ id: 't.throw', ...about }, () => {
      throw make()
    }),
    mutation({ id: 't.kept', ...about, resumable: true }, async () => {
      throw make()
    }),
    subscription({ id: 't.items', ...about }, async function* () {
      yield 1
      yield make()
    }),
    subscription({ id: 't.broken', ...about }, async function* () {
      yield 1
      throw make()
    }),
    mutation({ id: 't.fine', ...about }, () => 'fine'),
  ]
  let attachments = 0
  await using spoke = attachSpoke({
    ...hub.connection(),
    name,
    operations,
    onLog: () => undefined,
    ...options,
    onAttached: (attached) => {
      attachments += 1
      return options.onAttached?.(attached)
    },
  })
  await spoke.attached()
  const end = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'ok',
      (error: unknown) => (error as CodedError).code,
    )
  const drained = async (id: string): Promise<void> => {
    for await (const _item of hub.subscribe(id, {}));
  }
  const ends = {
    answer: await end(hub.call('t.answer', {})),
    later: await end(hub.call('t.later', {})),
    thrown: await end(hub.call('t.throw', {})),
    kept: await end(hub.call('t.kept', {})),
    items: await end(drained('t.items')),
    broken: await end(drained('t.broken')),
  }
  expect(await hub.call('t.fine', {})).toBe('fine')
  expect([attachments, spoke.isAttached]).toEqual([1, true])
  return ends
}

test.each(hostileValues)(
  '%s as an answer or item fails its call, and the spoke continues',
  async (_what, make) => {
    const { answer, later, items } = await outcomes(make)
    const failed = expect.stringMatching(/^(EXECUTION|UNKNOWN)_ERROR$/)
    expect([answer, later, items]).toEqual([failed, failed, failed])
  },
)

test.each(absentValues)(
  '%s as an answer or item ends its call, and the spoke continues',
  async (_what, make) => {
    const { answer, later, items } = await outcomes(make)
    const ended = expect.stringMatching(/^(ok|EXECUTION_ERROR)$/)
    expect([answer, later, items]).toEqual([ended, ended, ended])
  },
)

test.each(hostileErrors)(
  'a handler that throws %s fails its call, and the spoke continues',
  async (_what, make) => {
    const { thrown, kept, broken } = await outcomes(make)
    const failed = expect.stringMatching(/^(CONFLICT|EXECUTION_ERROR|UNKNOWN_ERROR)$/)
    expect([thrown, kept, broken]).toEqual([failed, failed, failed])
  },
)

test('callbacks that throw, or whose promises are rejected, end neither a call nor the spoke', async () => {
  for (const callback of [fails, () => Promise.reject(new Error('hostile'))]) {
    const callbacks = { onLog: callback, onAttached: callback, onReconnecting: callback }
    const { thrown, broken } = await outcomes(() => new Error('x'), callbacks)
    expect([thrown, broken]).toEqual(['EXECUTION_ERROR', 'EXECUTION_ERROR'])
  }
})

test('callbacks that throw do not keep a spoke from reconnecting', async () => {
  await using hub = createTestHub()
  const callback = fails
  const operations = [
    mutation({ id: 't.fine', description: 'x', input: none, output: anything }, () => 1),
  ]
  await using spoke = attachSpoke({
    ...hub.connection(),
    name: 'comes-back',
    operations,
    onLog: callback,
    onAttached: callback,
    onReconnecting: callback,
  })
  await spoke.attached()
  hub.cut('comes-back')
  await expect.poll(() => spoke.isAttached).toBe(true)
  expect(await hub.call('t.fine', {})).toBe(1)
})

test('a socket whose send throws counts as lost: its callers get an error, and the spoke attaches again', async () => {
  await using hub = createTestHub()
  const { openSocket, ...connection } = hub.connection()
  let isBroken = false
  const operations = [
    mutation({ id: 't.fine', description: 'x', input: none, output: anything }, () => 1),
  ]
  await using spoke = attachSpoke({
    ...connection,
    openSocket: async (options) => {
      const socket = await openSocket(options)
      const send = socket.send.bind(socket)
      socket.send = (text) => (isBroken ? fails() : send(text))
      return socket
    },
    name: 'broken',
    operations,
    onLog: () => undefined,
  })
  await spoke.attached()
  isBroken = true
  await expect(spoke.call('hub.list')).rejects.toMatchObject({
    code: expect.stringMatching(/^PROVIDER_(LOST|UNAVAILABLE)$/),
  })
  isBroken = false
  await expect.poll(() => spoke.isAttached).toBe(true)
  isBroken = true
  await expect(hub.call('t.fine', {})).rejects.toMatchObject({ code: 'PROVIDER_LOST' })
  isBroken = false
  await expect.poll(() => spoke.isAttached).toBe(true)
  expect(await hub.call('t.fine', {})).toBe(1)
})
