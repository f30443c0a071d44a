// An operation that calls others: as the same caller, within its time, and aborted with it.
import { buildEnv, OperationRegistry, unwrap } from '@alkdev/operations'
import type { OperationContext } from '@alkdev/operations'

const open = { requiredScopes: [] }
const number = { type: 'number' }
const registry = new OperationRegistry()

registry.registerAll([
  {
    namespace: 'math',
    name: 'square',
    version: '1.0.0',
    type: 'query',
    description: 'A number times itself.',
    inputSchema: number,
    outputSchema: number,
    accessControl: open,
    handler: (n: number, { parentRequestId }) => {
      console.log('square is called by', parentRequestId)
      return n * n
    },
  },
  {
    namespace: 'math',
    name: 'sumOfSquares',
    version: '1.0.0',
    type: 'query',
    description: 'The squares of numbers, added.',
    inputSchema: { type: 'array', items: number },
    outputSchema: number,
    accessControl: open,
    handler: async (numbers: number[], { env }: OperationContext) => {
      const square = env?.['math']?.['square']
      if (square === undefined) throw new Error('math.square is not there')
      const squares = await Promise.all(numbers.map((n) => square(n)))
      return squares.map(unwrap).reduce<number>((sum, n) => sum + Number(n), 0)
    },
  },
])

const context: OperationContext = { requestId: 'request-1', deadline: Date.now() + 5000 }
const answer = await registry.execute('math.sumOfSquares', [3, 4], {
  ...context,
  env: buildEnv({ registry, context }),
})
console.log(answer.data)
