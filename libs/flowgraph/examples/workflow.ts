import {
  Conditional,
  GraphologyHostConfig,
  Map,
  Operation,
  Sequential,
  validateTemplate,
  WorkflowReactiveRoot,
} from '@alkdev/flowgraph'
import { createHostRoot, h } from '@alkdev/ujsx'

const template = h(
  Sequential,
  null,
  h(Operation, { name: 'fs.list', input: { folder: 'docs' } }),
  h(
    Map,
    { over: { $result: 'fs.list', path: '/files' }, as: 'file', key: 'each', maxConcurrency: 2 },
    h(Operation, { name: 'text.check', input: { path: { $item: 'file' } }, retries: 1 }),
  ),
  h(
    Conditional,
    {
      test: 'each',
      else: h(Operation, { name: 'mail.send', input: { text: 'A file is broken.' } }),
    },
    h(Operation, { name: 'git.commit' }),
  ),
)

const known = new globalThis.Map(
  ['fs.list', 'text.check', 'mail.send', 'git.commit'].map((name) => [name, {}]),
)
console.log('problems:', validateTemplate(template, known).length)

// What really would call the operations. Here one file is broken permanently.
const answer = (operationId: string, input: unknown): unknown => {
  if (operationId === 'fs.list') return { files: ['a.md', 'b.md'] }
  if (JSON.stringify(input).includes('b.md')) throw new Error('not readable')
  return { ok: true }
}

const { graph } = createHostRoot(GraphologyHostConfig).render(template).ctx
const run = new WorkflowReactiveRoot(graph)
for (let calls = 1; !run.isComplete(); calls += 1) {
  const [key = ''] = run.readyNodes()
  const { requestId, operationId, input } = run.start(key, `call-${calls}`)
  try {
    run.append({ type: 'call.responded', requestId, output: answer(operationId, input) })
  } catch (error) {
    run.append({ type: 'call.error', requestId, code: 'EXECUTION_ERROR', message: String(error) })
  }
}
for (const key of run.nodes()) console.log(`${key}: ${run.getStatus(key)}`)
console.log(run.getAggregateStatus())
