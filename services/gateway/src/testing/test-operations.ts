import { setTimeout as delay } from 'node:timers/promises'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'

interface TestOperationOptions {
  readonly type?: 'query' | 'mutation' | 'subscription'
  readonly scopes?: readonly string[]
  readonly input?: Readonly<Record<string, unknown>>
  readonly retry?: 'safe' | 'keyed' | 'never'
  readonly errors?: IOperationDefinition['errorSchemas']
  readonly handler: IOperationDefinition['handler']
}

function operation(name: string, options: TestOperationOptions): IOperationDefinition {
  return {
    namespace: 'demo',
    name,
    version: '1.0.0',
    type: options.type ?? 'query',
    description: `The operation ${name} of the tests.`,
    inputSchema: options.input ?? {},
    outputSchema: {},
    accessControl: { requiredScopes: options.scopes ?? [] },
    ...compact({ retry: options.retry, errorSchemas: options.errors }),
    handler: options.handler,
  }
}

/** The values that the handlers below received, for assertions. */
export interface Seen {
  runs: number
  aborted: number
  readonly keys: (string | undefined)[]
}

/** Operations with the behaviours that a gateway must handle. */
export function demoOperations(seen: Seen): readonly IOperationDefinition[] {
  return [
    operation('echo', {
      input: {
        type: 'object',
        properties: { text: { type: 'string' }, times: { type: 'integer' } },
        required: ['text'],
        additionalProperties: false,
      },
      handler: (input: { text: string }) => ({ said: input.text }),
    }),
    operation('secret', { scopes: ['demo:secret'], handler: () => 'hidden' }),
    operation('count', {
      type: 'mutation',
      retry: 'keyed',
      handler(_input: unknown, { idempotencyKey }: OperationContext) {
        seen.runs += 1
        seen.keys.push(idempotencyKey)
        return { runs: seen.runs }
      },
    }),
    operation('slow', {
      async handler(_input: unknown, { signal }: OperationContext) {
        try {
          await delay(60_000, undefined, signal === undefined ? {} : { signal })
        } catch (error) {
          seen.aborted += 1
          throw error
        }
      },
    }),
    operation('fails', {
      errors: [{ code: 'TEAPOT', description: 'It is one.', schema: {}, httpStatus: 418 }],
      handler({ how, text }: { how: string; text?: string }) {
        if (how === 'declared')
          throw new CallError('TEAPOT', 'I am a teapot.', { short: true, text })
        throw new Error('select * from /root/secret')
      },
    }),
    operation('ticks', {
      type: 'subscription',
      async *handler(
        { count, end = 'whole' }: { count: number; end?: string },
        { signal }: OperationContext,
      ) {
        for (let at = 1; at <= count; at += 1) yield { at }
        if (end === 'fail') throw new CallError('CONFLICT', 'No more of these.')
        if (end !== 'hang') return
        try {
          await delay(60_000, undefined, signal === undefined ? {} : { signal })
        } finally {
          seen.aborted += 1
        }
      },
    }),
  ]
}
