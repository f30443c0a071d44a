import { FlowGraph } from '@alkdev/flowgraph'

// Events as they come: late, twice, in any order.
const calls = FlowGraph.fromCallEvents([
  { type: 'call.responded', requestId: 'b', output: 'text', timestamp: 1_700_000_000_250 },
  {
    type: 'call.requested',
    requestId: 'b',
    operationId: 'fs.read',
    parentRequestId: 'a',
    timestamp: 1_700_000_000_100,
  },
  {
    type: 'call.requested',
    requestId: 'a',
    operationId: 'agent.turn',
    timestamp: 1_700_000_000_000,
  },
  { type: 'call.responded', requestId: 'b', output: 'text', timestamp: 1_700_000_000_250 },
])

console.log(
  calls.lineage('b').join(' > '),
  calls.getNodeAttributes('b').status,
  calls.duration('b'),
  'ms',
)
console.log('pending:', calls.callsByStatus('pending').join())
