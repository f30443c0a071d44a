import type { ModelDialect } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ModelDialects } from './model-dialects.ts'

const ada: Identity = { id: 'ada', scopes: ['inference:use'], resources: {} }
type Target = { readonly state?: string; readonly dialect?: ModelDialect }
let targets: readonly Target[] | CallError
let asked: unknown[]
let dialects: ModelDialects

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  asked = []
  const call = (id: string, input: unknown): Promise<unknown> => {
    asked.push([id, input])
    if (targets instanceof CallError) return Promise.reject(targets)
    const found = targets.map((one) => ({ state: 'ready', ...one }))
    return Promise.resolve({ envelope: { data: { targets: found } } })
  }
  dialects = new ModelDialects({ call } as never)
})
afterEach(() => vi.useRealTimers())

test.each<[string, readonly Target[], ModelDialect]>([
  ['that of the only target', [{ dialect: 'responses' }], 'responses'],
  ['chat for a provider with a format of its own', [{}], 'chat'],
  [
    'the one that loses least of several',
    [{ dialect: 'chat' }, { dialect: 'messages' }],
    'messages',
  ],
  [
    'none of a target that cannot be asked',
    [{ dialect: 'messages', state: 'unsuitable' }, { dialect: 'chat' }],
    'chat',
  ],
])('the dialect of a model is %s', async (_what, given, expected) => {
  targets = given
  expect(await dialects.of('acme/m', ada)).toBe(expected)
})

test('an answer counts for 10 seconds, and a change is followed after that', async () => {
  targets = [{ dialect: 'chat' }]
  await Promise.all([dialects.of('acme/m', ada), dialects.of('acme/m', ada)])
  targets = [{ dialect: 'messages' }]
  vi.advanceTimersByTime(9_999)
  expect(await dialects.of('acme/m', ada)).toBe('chat')
  expect(asked).toEqual([['inference.explain', { model: 'acme/m' }]])
  vi.advanceTimersByTime(1)
  expect(await dialects.of('acme/m', ada)).toBe('messages')
  expect(asked).toHaveLength(2)
})

test('while no proxy answers, the last answer counts for 10 minutes', async () => {
  targets = [{ dialect: 'messages' }]
  await dialects.of('acme/m', ada)
  targets = new CallError('TIMEOUT', 'Too slow.')
  vi.advanceTimersByTime(599_000)
  // Sessions that ask at the same time share one question.
  const both = Promise.all([dialects.of('acme/m', ada), dialects.of('acme/m', ada)])
  expect(await both).toEqual(['messages', 'messages'])
  vi.advanceTimersByTime(10_000)
  await expect(dialects.of('acme/m', ada)).rejects.toMatchObject({
    reason: 'provider-error',
    code: 'TIMEOUT',
    isRetryable: true,
  })
})

test.each([
  [new CallError('MODEL_NOT_FOUND', 'No such model.', {}, { httpStatus: 404 }), 'MODEL_NOT_FOUND'],
  [new CallError('OPERATION_NOT_FOUND', 'No such operation.'), 'ACCESS_DENIED'],
])(
  'a model that the caller cannot use has no dialect, also when it had one: %s',
  async (error, code) => {
    targets = [{ dialect: 'chat' }]
    await dialects.of('acme/m', ada)
    vi.advanceTimersByTime(10_000)
    targets = error
    await expect(dialects.of('acme/m', ada)).rejects.toMatchObject({ code, isRetryable: false })
    targets = [{ dialect: 'responses' }]
    expect(await dialects.of('acme/m', ada)).toBe('responses')
  },
)
