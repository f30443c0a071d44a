import { expectTypeOf, test } from 'vitest'
import { mutation, query, subscription, Type } from './index.ts'
import type {
  Definition,
  HubConnection,
  Items,
  Spoke,
  SpokeContext,
  SpokeOperation,
} from './index.ts'

const input = Type.Object({ path: Type.String(), limit: Type.Optional(Type.Integer()) })
const output = Type.Object({ lines: Type.Array(Type.String()) })
const base = { id: 'fs.read', description: 'Reads.', input, output } as const

test('a handler’s input and answer have the types of the schemas', () => {
  const operation = query(base, (given, context) => {
    expectTypeOf(given).toEqualTypeOf<{ path: string; limit?: number }>()
    expectTypeOf(context).toEqualTypeOf<SpokeContext>()
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
    return { lines: [given.path] }
  })
  expectTypeOf(operation).toEqualTypeOf<SpokeOperation>()
  mutation(base, async ({ path }) => ({ lines: [path] }))
})

test('an answer of another type does not compile', () => {
  // @ts-expect-error -- lines are strings
  query(base, () => ({ lines: [1] }))
  // @ts-expect-error -- and they are required
  mutation(base, () => ({}))
  // @ts-expect-error -- a subscription yields; it does not return
  subscription(base, () => ({ lines: [] }))
  subscription(base, async function* ({ limit }) {
    expectTypeOf(limit).toEqualTypeOf<number | undefined>()
    yield { lines: ['a'] }
  })
})

test('schemas may be plain JSON Schema; their values are not typed', () => {
  const given = { type: 'object', properties: { path: { type: 'string' } } } as const
  const operation = query(
    { ...base, input: given, output: { type: 'object' } },
    ({ path }: { path: string }) => ({ path }),
  )
  expectTypeOf(operation).toEqualTypeOf<SpokeOperation>()
})

test('an id without a dot does not compile', () => {
  expectTypeOf<'fs.read'>().toExtend<Definition<typeof input, typeof output>['id']>()
  expectTypeOf<'read'>().not.toExtend<Definition<typeof input, typeof output>['id']>()
})

test('the caller gives the type of a call’s result, which is unknown otherwise', () => {
  expectTypeOf<Spoke['call']>().returns.toEqualTypeOf<Promise<unknown>>()
  const typed = (hub: HubConnection) => hub.subscribe<{ n: number }>('a.b')
  expectTypeOf(typed).returns.toEqualTypeOf<Items<{ n: number }>>()
})
