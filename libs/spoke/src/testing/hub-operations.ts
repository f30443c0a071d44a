import { compact } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import { validateOrThrow } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { mutation, query } from '../define.ts'
import type { SpokeOperation } from '../define.ts'

export interface HubTable {
  register(hello: unknown): object
  unregister(): object
  operations(): ReadonlyMap<string, OperationSpec>
}

const Anything = Type.Unknown()
const Limit = Type.Optional(Type.Integer({ minimum: 1 }))

/** The operations of every hub for the peer of a socket. Simplified: lists without pages, and a search for words. */
export function hubOperations(table: HubTable): SpokeOperation[] {
  const summaries = (): Summary[] => [...table.operations()].map(summaryOf)
  return [
    mutation(
      { id: 'hub.register', description: 'Registers.', input: Anything, output: Anything },
      (hello) => table.register(hello),
    ),
    mutation(
      { id: 'hub.unregister', description: 'Leaves.', input: Anything, output: Anything },
      () => table.unregister(),
    ),
    query(
      {
        id: 'hub.list',
        description: 'Lists operations.',
        input: Type.Object({ namespace: Type.Optional(Type.String()), limit: Limit }),
        output: Anything,
      },
      ({ namespace, limit = 100 }) => {
        const fits = ({ operationId }: Summary): boolean =>
          namespace === undefined || operationId.startsWith(`${namespace}.`)
        return { items: summaries().filter(fits).slice(0, limit), nextCursor: null }
      },
    ),
    query(
      {
        id: 'hub.search',
        description: 'Searches operations.',
        input: Type.Object({ query: Type.String(), limit: Limit }),
        output: Anything,
      },
      ({ query: words, limit = 20 }) => {
        const wanted = words.toLowerCase().split(/\W+/).filter(Boolean)
        const scored = summaries().map((one) => {
          const text = `${one.operationId} ${one.title ?? ''} ${one.description}`.toLowerCase()
          return { ...one, score: wanted.filter((word) => text.includes(word)).length }
        })
        const hits = scored.filter(({ score }) => score > 0)
        return { items: hits.toSorted((a, b) => b.score - a.score).slice(0, limit) }
      },
    ),
    query(
      {
        id: 'hub.schema',
        description: 'One operation, whole.',
        input: Type.Object({ operationId: Type.String() }),
        output: Anything,
      },
      ({ operationId }) => {
        const spec = table.operations().get(operationId)
        if (!spec)
          throw new CodedError('OPERATION_NOT_FOUND', `There is no operation ${operationId}.`)
        return { operationId, ...spec }
      },
    ),
  ]
}

type Summary = ReturnType<typeof summaryOf>

function summaryOf([operationId, spec]: readonly [string, OperationSpec]) {
  const { type, title, description, tags = [], hints } = spec
  return { operationId, type, title, description, tags, ...compact({ hints }) }
}

/** The operation, which checks its input before it runs, as a hub does. */
export function checkedOperation(operation: SpokeOperation): SpokeOperation {
  const { inputSchema, namespace, name } = operation
  return {
    ...operation,
    handler: (input, context) => {
      validateOrThrow(inputSchema, input, `The input of ${namespace}.${name}`)
      return operation.handler(input, context)
    },
  }
}
