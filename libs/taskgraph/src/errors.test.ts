import { CodedError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import {
  CircularDependencyError,
  DuplicateEdgeError,
  DuplicateNodeError,
  InvalidInputError,
  TaskgraphError,
  TaskNotFoundError,
} from './index.ts'

test.each([
  [new TaskNotFoundError('a'), 'TaskNotFoundError', 'VALIDATION_ERROR'],
  [new CircularDependencyError([['a', 'b']]), 'CircularDependencyError', 'CONFLICT'],
  [new InvalidInputError('risk', 'no'), 'InvalidInputError', 'VALIDATION_ERROR'],
  [new DuplicateNodeError('a'), 'DuplicateNodeError', 'CONFLICT'],
  [new DuplicateEdgeError('a', 'b'), 'DuplicateEdgeError', 'CONFLICT'],
])('%s is a TaskgraphError with name and code', (error, name, code) => {
  expect(error).toBeInstanceOf(TaskgraphError)
  expect(error).toBeInstanceOf(CodedError)
  expect(error).toMatchObject({ name, code })
})

test('what a TypeBox check finds becomes a field without the leading slash', () => {
  const error = InvalidInputError.fromTypeBoxError({
    path: '/dependsOn/0',
    message: 'Expected string',
  })
  expect(error).toMatchObject({ field: 'dependsOn/0', message: 'Expected string' })
  expect(error.toWire()).toEqual({
    code: 'VALIDATION_ERROR',
    message: 'Expected string',
    details: { errors: [{ path: '/dependsOn/0', message: 'Expected string' }] },
  })
})

test('the wire gets the place of an error and never its cause or its file', () => {
  const error = new InvalidInputError('', 'no', {
    line: 3,
    path: '/home/x.md',
    cause: new Error('secret'),
  })
  expect(JSON.stringify(error.toWire())).toBe(
    '{"code":"VALIDATION_ERROR","message":"no","details":{"errors":[{"path":"","message":"no","line":3}]}}',
  )
})

test('a cycle of everything stays small on the wire and whole on the error', () => {
  const cycle = Array.from({ length: 10_000 }, (_, index) => `t${index}`)
  const error = new CircularDependencyError([cycle, ['a', 'b'], ['c', 'd'], ['e', 'f'], ['g', 'h']])
  expect(error.cycles[0]).toHaveLength(10_000)
  expect(JSON.stringify(error.toWire()).length).toBeLessThan(2000)
  expect(error.message).toMatch(
    /\(9990 more\) -> t9999 -> t0; a -> b -> a; c -> d -> c; and 2 more\.$/,
  )
  expect(new CircularDependencyError([]).message).toBe('The tasks depend on each other in a cycle.')
})

test('a long id does not fill the message', () => {
  expect(new TaskNotFoundError('x'.repeat(10_000)).message).toHaveLength(140)
})
