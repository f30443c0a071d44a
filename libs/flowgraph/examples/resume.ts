import {
  GraphologyHostConfig,
  Operation,
  Sequential,
  WorkflowReactiveRoot,
} from '@alkdev/flowgraph'
import type { WorkflowEvent } from '@alkdev/flowgraph'
import { createHostRoot, h } from '@alkdev/ujsx'

const template = h(
  Sequential,
  null,
  h(Operation, { name: 'build' }),
  h(Operation, { name: 'deploy', input: { image: { $result: 'build', path: '/image' } } }),
)
const { flow } = createHostRoot(GraphologyHostConfig).render(template).ctx

const stored: string[] = []
const run = new WorkflowReactiveRoot(flow, {
  onEvent: (event) => void stored.push(JSON.stringify(event)),
})
run.start('build', 'call-1')
run.append({ type: 'call.responded', requestId: 'call-1', output: { image: 'app:7' } })

// Another process, later.
const events = stored.map((line) => JSON.parse(line) as WorkflowEvent)
const resumed = new WorkflowReactiveRoot(flow, { events })
console.log(resumed.readyNodes(), resumed.getInput('deploy'))
