import { CallError } from '../calls/call-error.ts'
import type { OperationHandler, OperationSpec, SubscriptionHandler } from './types.ts'
import { operationIdOf } from './validate-spec.ts'

export type AnyHandler = OperationHandler<never> | SubscriptionHandler<never>

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1)

/**
 * Refuses a handler of an impossible kind: for a subscription an async function or a plain generator (an async generator
 * function is valid, and so is a plain function that returns an async iterable), for the others any generator function.
 * Throws CallError VALIDATION_ERROR.
 */
export function assertHandler(
  spec: OperationSpec,
  handler: unknown,
): asserts handler is AnyHandler {
  const id = operationIdOf(spec)
  const fail = (message: string): never => {
    throw new CallError('VALIDATION_ERROR', `The handler of ${id} ${message}`, {
      errors: [{ path: '/handler', message }],
    })
  }
  if (typeof handler !== 'function') fail(`must be a function, it is a ${typeof handler}.`)
  const tag = tagOf(handler)
  if (spec.type === 'subscription') {
    if (tag === 'AsyncFunction')
      fail(
        'must be an async generator (async function*): a subscription yields items, an async function returns one promise.',
      )
    if (tag === 'GeneratorFunction')
      fail('must be an async generator (async function*), not a plain one.')
  } else if (tag === 'AsyncGeneratorFunction' || tag === 'GeneratorFunction')
    fail(`is a generator, which only a subscription may have; this is a ${spec.type}.`)
}
