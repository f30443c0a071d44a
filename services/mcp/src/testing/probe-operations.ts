import type { CallSink, ProvidedCall } from '@alkdev/bus'
import { CallError, localEnvelope, mcpEnvelope } from '@alkdev/operations'
import type { MCPResponseMeta, OperationSpec } from '@alkdev/operations'

/** The operation that never ends unless it is aborted. */
export const HANGING = 'dev.probe.probe.hang'

function probe(name: string, more: object): OperationSpec {
  return {
    name,
    namespace: 'probe',
    version: '1.0.0',
    type: 'query',
    title: name,
    inputSchema: { type: 'object' },
    outputSchema: {},
    accessControl: { requiredScopes: [] },
    ...more,
  } as unknown as OperationSpec
}

/** The operations of the spoke `probe`. */
export const probeSpecs: readonly OperationSpec[] = [
  probe('hang', { description: 'Never answers.' }),
  probe('meet', { description: 'Answers when another call with its name comes: both then.' }),
  probe('echo', { description: 'Answers with its input.' }),
  probe('text', {
    description: 'Answers with the text that it is given.',
    inputSchema: { type: 'string' },
  }),
  probe('write', { type: 'mutation', description: 'Changes something.' }),
  probe('wipe', { hints: { destructive: true }, description: 'Says that it destroys.' }),
  probe('format', { hints: { consent: true }, description: 'Runs with consent alone.' }),
  probe('content', { description: 'Answers as an MCP server, with the content that it is given.' }),
  probe('ticks', {
    type: 'subscription',
    description: 'Gives items and then ends as `end` says: complete, fail, or not at all.',
  }),
]

/** Calls of `meet` that wait, by name. */
const waiting = new Map<string, CallSink>()

/** Answers a call of the spoke. An operation that is not listed here is never answered. */
export async function answerProbe({ header, target }: ProvidedCall, sink: CallSink): Promise<void> {
  if (target.kind !== 'spoke') return
  const { operationId, input } = header
  if (target.name === 'probe.meet') {
    const { name } = input as { readonly name: string }
    const first = waiting.get(name)
    if (first === undefined) waiting.set(name, sink)
    for (const one of first === undefined ? [] : [first, sink])
      one.respond(localEnvelope(`met ${name}`, operationId))
  }
  if (target.name === 'probe.echo' || target.name === 'probe.text')
    sink.respond(localEnvelope(input, operationId))
  if (target.name === 'probe.wipe') sink.respond(localEnvelope('wiped', operationId))
  if (target.name === 'probe.content') {
    const { content } = input as { readonly content: MCPResponseMeta['content'] }
    sink.respond(mcpEnvelope(content, { isError: false, content }))
  }
  if (target.name === 'probe.ticks') {
    const { items, end } = input as { readonly items: number; readonly end?: string }
    for (let n = 1; n <= items; n += 1) await sink.item(localEnvelope({ n }, operationId))
    if (end === 'complete') sink.complete()
    if (end === 'fail') throw new CallError('EXECUTION_ERROR', 'No more ticks.')
  }
}
