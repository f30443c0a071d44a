// How a spoke's author tests it: a hub in memory that speaks the same protocol.
import { attachSpoke, CodedError, query, subscription, Type } from '@alkdev/spoke'
import { createTestHub } from '@alkdev/spoke/testing'

const divide = query(
  {
    id: 'math.divide',
    description: 'Divides.',
    input: Type.Object({ a: Type.Number(), b: Type.Number() }),
    output: Type.Number(),
    errorSchemas: [{ code: 'DIVIDED_BY_ZERO', description: 'No such number.', schema: {} }],
  },
  ({ a, b }) => {
    if (b === 0) throw new CodedError('DIVIDED_BY_ZERO', 'No such number.')
    return a / b
  },
)
const countDown = subscription(
  {
    id: 'math.countDown',
    description: 'Counts down.',
    input: Type.Object({ from: Type.Integer() }),
    output: Type.Integer(),
  },
  async function* ({ from }) {
    for (let n = from; n >= 0; n--) yield n
  },
)

await using hub = createTestHub()
await using spoke = attachSpoke({
  ...hub.connection(),
  name: 'calculator',
  operations: [divide, countDown],
})
await spoke.attached()

console.log(await hub.call('math.divide', { a: 6, b: 4 }))
await hub
  .call('math.divide', { a: 1, b: 0 })
  .catch((error: CodedError) => console.log(error.code, error.message))
await hub
  .call('math.divide', { a: 'one', b: 1 })
  .catch((error: CodedError) => console.log(error.code))
for await (const n of hub.subscribe('math.countDown', { from: 2 })) console.log(n)
