import { FlowGraph, typeCompat } from '@alkdev/flowgraph'
import { Type } from '@alkdev/typebox'

const closed = { additionalProperties: false }
const graph = FlowGraph.fromSpecs([
  {
    namespace: 'fs',
    name: 'read',
    type: 'query',
    inputSchema: Type.Object({ path: Type.String() }),
    outputSchema: Type.Object({ path: Type.String(), text: Type.String() }, closed),
  },
  {
    namespace: 'text',
    name: 'count',
    type: 'query',
    inputSchema: Type.Object({ text: Type.String(), words: Type.Optional(Type.Boolean()) }),
    outputSchema: Type.Object({ count: Type.Integer({ minimum: 0 }) }, closed),
  },
  {
    namespace: 'fs',
    name: 'truncate',
    type: 'mutation',
    inputSchema: Type.Object({ path: Type.String(), count: Type.Integer({ minimum: 1 }) }),
    outputSchema: Type.Object({ path: Type.String() }, closed),
  },
])

console.log('after fs.read:', graph.successors('fs.read').join(', '))
console.log('before fs.read:', graph.predecessors('fs.read').join(', '))

const { outputSchema } = graph.getNodeAttributes('text.count')
const { inputSchema } = graph.getNodeAttributes('fs.truncate')
for (const { path, expected, actual } of typeCompat(outputSchema, inputSchema)?.mismatches ?? []) {
  console.log(`${path}: takes ${expected}, gets ${actual}`)
}
