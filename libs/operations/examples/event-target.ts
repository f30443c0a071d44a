// The call protocol over an event target: this one is in the process; those of @alkdev/pubsub reach others.
import {
  attachCallHandler,
  buildCallHandler,
  OperationRegistry,
  PendingRequestMap,
} from '@alkdev/operations'
import type { CallEventTarget } from '@alkdev/operations'

const target = new EventTarget() as CallEventTarget

const registry = new OperationRegistry()
registry.register({
  namespace: 'text',
  name: 'shout',
  version: '1.0.0',
  type: 'query',
  description: 'The text in capitals.',
  inputSchema: { type: 'string' },
  outputSchema: { type: 'string' },
  accessControl: { requiredScopes: [] },
  handler: (text: string) => text.toUpperCase(),
})
const serving = new PendingRequestMap(target)
const handler = buildCallHandler({ registry, callMap: serving })
using _attached = attachCallHandler(target, handler, serving)

const calls = new PendingRequestMap(target)
console.log((await calls.call('text.shout', 'hello', { timeoutMs: 1000 })).data)
console.log('pending:', calls.getPendingCount())
