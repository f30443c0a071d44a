import { Value } from '@alkdev/typebox/value'
import { describe, expect, test } from 'vitest'
import {
  CallNodeAttrs,
  CallResultSchema,
  OperationNodeAttrs,
  TypedEdgeAttrs,
} from './attributes.ts'
import { Condition } from './condition.ts'
import {
  CallStatus,
  CallStatusEnum,
  EdgeType,
  EdgeTypeEnum,
  NodeStatus,
  NodeStatusEnum,
  OperationType,
  OperationTypeEnum,
} from './enums.ts'
import { SerializedGraph } from './serialized.ts'
import type { TSchema } from '@alkdev/typebox'

test.each<[string, TSchema, object, string]>([
  ['CallStatus', CallStatusEnum, CallStatus, 'pending running completed failed aborted'],
  [
    'NodeStatus',
    NodeStatusEnum,
    NodeStatus,
    'idle waiting ready running completed failed aborted skipped',
  ],
  ['EdgeType', EdgeTypeEnum, EdgeType, 'typed triggered depends_on sequential conditional'],
  ['OperationType', OperationTypeEnum, OperationType, 'query mutation subscription'],
])('%s has exactly these values', (_name, schema, family, values) => {
  expect(Object.values(family)).toEqual(values.split(' '))
  for (const value of values.split(' ')) expect(Value.Check(schema, value)).toBe(true)
  expect(Value.Check(schema, 'other')).toBe(false)
})

describe('Condition', () => {
  test.each<[unknown]>([
    ['step'],
    [true],
    [{ node: 'a', status: 'failed' }],
    [{ node: 'a', status: ['failed', 'aborted'] }],
    [{ node: 'a', path: '/x', equals: null }],
    [{ node: 'a', above: 1, below: 2, exists: true, in: [1], startsWith: 'x' }],
    [{ all: ['a', { any: [{ not: { node: 'b', equals: { deep: [] } } }] }] }],
  ])('%j is one', (condition) => {
    expect(Value.Check(Condition, condition)).toBe(true)
  })

  test.each<[unknown]>([
    [5],
    [null],
    [{}],
    [{ all: 'a' }],
    [{ not: [] }],
    [{ node: 1 }],
    [{ any: [{}] }],
    [{ node: 'a', status: 'lost' }],
  ])('%j is none', (condition) => {
    expect(Value.Check(Condition, condition)).toBe(false)
  })
})

test('attributes and results', () => {
  expect(
    Value.Check(OperationNodeAttrs, {
      name: 'a',
      namespace: '',
      type: 'query',
      inputSchema: true,
      outputSchema: {},
    }),
  ).toBe(true)
  expect(
    Value.Check(CallNodeAttrs, {
      requestId: 'r',
      operationId: 'o',
      status: 'pending',
      identity: { id: 'i', scopes: [] },
    }),
  ).toBe(true)
  expect(Value.Check(TypedEdgeAttrs, { edgeType: 'typed' })).toBe(false)
  expect(Value.Check(CallResultSchema, { status: 'skipped', output: undefined })).toBe(true)
  expect(
    Value.Check(SerializedGraph, {
      nodes: [],
      edges: [],
      options: { type: 'directed', multi: true, allowSelfLoops: false },
    }),
  ).toBe(false)
})
