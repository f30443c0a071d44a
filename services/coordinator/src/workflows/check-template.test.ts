import type { WorkflowProblem } from '@alkdev/contracts'
import type { Identity, JsonSchema, OperationSpec } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { checkTemplate } from './check-template.ts'

const caller: Identity = { id: 'me', keyId: 'key', scopes: ['w:use'], orgIds: [] }

const spec = (name: string, more: Partial<OperationSpec> = {}): OperationSpec => ({
  namespace: 'w',
  name,
  version: '1.0.0',
  type: 'mutation',
  description: name,
  inputSchema: {},
  outputSchema: {},
  accessControl: { requiredScopes: ['w:use'] },
  retry: 'safe',
  ...more,
})
const number = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }
const specs = new Map(
  [
    spec('echo'),
    spec('fire', { retry: 'never' }),
    spec('items', { type: 'subscription' }),
    spec('number', { outputSchema: number as JsonSchema }),
    spec('strict', { inputSchema: { ...number, additionalProperties: false } as JsonSchema }),
    spec('other', { accessControl: { requiredScopes: ['other:use'] } }),
  ].map((one) => [`w.${one.name}`, one]),
)
const bus = {
  lookUp: (operationId: string) =>
    Promise.resolve(specs.get(operationId) && { spec: specs.get(operationId) }),
} as unknown as Parameters<typeof checkTemplate>[0]

const op = (name: string, props: object = {}, key?: string): object => ({
  type: 'operation',
  props: { name, ...props },
  ...(key !== undefined && { key }),
})
const sequence = (...children: unknown[]): object => ({ type: 'sequential', children })
const result = (step: string, path?: string): object => ({
  $result: step,
  ...(path !== undefined && { path }),
})

async function problems(
  template: unknown,
  inputSchema?: object,
): Promise<readonly WorkflowProblem[]> {
  return (await checkTemplate(bus, caller, template, inputSchema as JsonSchema)).problems
}
const reasons = async (template: unknown, inputSchema?: object): Promise<readonly string[]> =>
  (await problems(template, inputSchema)).map(({ reason }) => reason)

test('a template of calls, waits, conditions and bounded Maps is valid', async () => {
  const template = sequence(
    op('w.number'),
    {
      type: 'parallel',
      props: { maxConcurrency: 2 },
      children: [op('w.echo', {}, 'a'), op('w.echo', {}, 'b')],
    },
    op('workflows.delay', { input: { ms: 5 } }),
    op('workflows.event', { input: { event: 'go' } }),
    {
      type: 'map',
      props: { over: result('input', '/list'), as: 'x', maxConcurrency: 3 },
      children: [
        op('w.strict', {
          input: { n: { $item: 'x' } },
          retries: 2,
          timeoutMs: 1000,
          backoffMs: 10,
        }),
      ],
    },
    {
      type: 'conditional',
      props: { test: { node: 'w.number', path: '/n', above: 3 }, else: op('w.fire') },
      children: [op('w.strict', { input: { n: result('w.number', '/n') } })],
    },
  )
  expect(await problems(template)).toEqual([])
})

test('operations that are not there, not allowed or no step are named with their step', async () => {
  expect(await problems(sequence(op('w.none', {}, 'here')))).toMatchObject([
    { reason: 'unknown-operation', node: 'here' },
  ])
  expect(await reasons(op('w.items'))).toEqual(['not-allowed'])
  expect(await reasons(op('w.other'))).toEqual(['not-allowed'])
  expect(await reasons(op('w.fire', { retries: 1 }))).toEqual(['not-allowed'])
  expect(await reasons(op('workflows.run'))).toEqual(['unknown-operation'])
})

test('inputs that do not fit are found, with and without references', async () => {
  expect(await problems(op('w.strict', { input: { n: 'one' } }))).toMatchObject([
    { reason: 'input-does-not-fit', node: 'w.strict', path: '/n' },
  ])
  expect(await reasons(op('w.strict'))).toEqual(['input-does-not-fit'])
  expect(
    await reasons(sequence(op('w.echo'), op('w.strict', { input: { m: result('w.echo') } }))),
  ).toContain('input-does-not-fit')
  const text = { type: 'object', properties: { n: { type: 'string' } }, required: ['n'] }
  const uses = op('w.strict', { input: { n: result('input', '/n') } })
  expect(await reasons(uses, text)).toEqual(['input-does-not-fit'])
  expect(await reasons(uses, number)).toEqual([])
  const inside = {
    type: 'map',
    props: { over: [1], as: 'x', maxConcurrency: 1 },
    children: [op('w.strict', { input: { n: 'one' } })],
  }
  expect(await reasons(inside)).toContain('input-does-not-fit')
})

test('cycles, unknown steps, steps that are never reached and keys given twice are found', async () => {
  const cycle = sequence(
    op('w.echo', { input: { n: result('b') } }, 'a'),
    op('w.echo', { input: { n: result('a') } }, 'b'),
  )
  expect(await reasons(cycle)).toEqual(['cycle'])
  expect(await reasons(op('w.echo', { input: result('absent') }))).toEqual(['unknown-step'])
  expect(await reasons(sequence(op('w.echo', {}, 'a'), op('w.fire', {}, 'a')))).toEqual([
    'duplicate-key',
  ])
  expect(
    await problems({ type: 'conditional', props: { test: false }, children: [op('w.echo')] }),
  ).toMatchObject([{ reason: 'unreachable', node: 'w.echo' }])
})

test('a Map needs a bound, one child and a list', async () => {
  const map = (props: object, ...children: object[]): object => ({ type: 'map', props, children })
  const over = result('input', '/list')
  expect(await reasons(map({ over, as: 'x' }, op('w.echo')))).toEqual(['unbounded-map'])
  expect(await reasons(map({ over, as: 'x', maxConcurrency: 1000 }, op('w.echo')))).toEqual([
    'unbounded-map',
  ])
  expect(await reasons(map({ over, as: 'x', maxConcurrency: 1 }))).toEqual(['malformed'])
  expect(await reasons(map({ over: 'x', as: 'x', maxConcurrency: 1 }, op('w.echo')))).toEqual([
    'malformed',
  ])
})

test.each([
  ['text'],
  [null],
  [[]],
  [{}],
  [{ type: 'loop' }],
  [sequence()],
  [sequence('text')],
  [sequence(op('w.echo', {}, 'input'))],
  [sequence(op('w.echo', {}, 'a/b'))],
  [sequence({ ...op('w.echo'), more: 1 })],
  [sequence(op('w.echo', { more: 1 }))],
  [sequence(op('w.echo', { retries: -1 }))],
  [sequence(op('w.echo', { retries: 1.5 }))],
  [sequence({ type: 'conditional', props: { test: 5 }, children: [op('w.echo')] })],
  [sequence({ type: 'conditional', props: {}, children: [op('w.echo')] })],
])('what is no template is malformed: %j', async (template) => {
  expect((await reasons(template)).every((reason) => reason === 'malformed')).toBe(true)
  expect((await reasons(template)).length).toBeGreaterThan(0)
})

test('templates that are too large or too deep are refused without being read further', async () => {
  let deep: object = op('w.echo')
  for (let level = 0; level < 400; level += 1) deep = sequence(deep)
  expect(await reasons(deep)).toEqual(['too-deep'])
  let nested: object = {}
  for (let level = 0; level < 400; level += 1) nested = { nested }
  expect(await reasons(op('w.echo', { input: nested }))).toEqual(['malformed'])
  let condition: unknown = true
  for (let level = 0; level < 400; level += 1) condition = { not: condition }
  expect(
    await reasons({ type: 'conditional', props: { test: condition }, children: [op('w.echo')] }),
  ).toEqual(['malformed'])
  expect(await reasons(op('w.echo', { input: 'x'.repeat(300_000) }))).toEqual(['too-large'])
  expect(await reasons(sequence(...Array.from({ length: 1001 }, () => op('w.echo'))))).toEqual([
    'too-large',
  ])
  expect(
    await reasons(sequence(...Array.from({ length: 3500 }, () => ({ type: 'sequential' })))),
  ).toEqual(['too-large'])
})
