import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import * as all from '@alkdev/flowgraph'
import * as analysis from '@alkdev/flowgraph/analysis'
import * as component from '@alkdev/flowgraph/component'
import * as error from '@alkdev/flowgraph/error'
import * as graph from '@alkdev/flowgraph/graph'
import * as host from '@alkdev/flowgraph/host'
import * as reactive from '@alkdev/flowgraph/reactive'
import * as schema from '@alkdev/flowgraph/schema'

const entries: Readonly<Record<string, readonly [module: object, names: string]>> = {
  './graph': [graph, 'FlowGraph buildTypeEdges'],
  './schema': [
    schema,
    'CallEdgeAttrs CallFailure CallGraphSerialized CallNodeAttrs CallResult CallResultSchema CallStatus CallStatusEnum Condition EdgeAttrs EdgeType EdgeTypeEnum FlowGraphSerialized ItemRef NodeStatus NodeStatusEnum OperationGraphSerialized OperationNodeAttrs OperationType OperationTypeEnum ResultRef SerializedGraph TemplateEdgeAttrs TypedEdgeAttrs',
  ],
  './component': [component, 'Conditional Map Operation Parallel Sequential'],
  './host': [host, 'GraphContext GraphologyHostConfig ReactiveContext ReactiveHostConfig'],
  './analysis': [
    analysis,
    'analyzeTypeCompat ancestors buildTypeEdges criticalPath descendants isSchemaCompatible parallelGroups reachableFrom resolveDefaults schemaFit topologicalOrder typeCompat validate validateGraph validatePreconditions validateSchema validateTemplate',
  ],
  './reactive': [
    reactive,
    'FailurePolicy WorkflowReactiveRoot computeBlockedByFailure computePreconditions registerAbortEffect registerStartEffect',
  ],
  './error': [
    error,
    'ConstructionError CycleError DuplicateEdgeError DuplicateNodeError FlowgraphError InvalidInputError InvalidTransitionError NodeNotFoundError',
  ],
}

test.each(Object.entries(entries))('%s exports exactly these names', (_entry, [module, names]) => {
  expect(Object.keys(module).toSorted()).toEqual(names.split(' ').toSorted())
})

test('the root exports everything that the entries export', () => {
  for (const [module] of Object.values(entries)) expect(all).toMatchObject(module)
  const names = new Set(Object.values(entries).flatMap(([module]) => Object.keys(module)))
  expect(new Set(Object.keys(all))).toEqual(names)
})

test('the manifest exports these entries and no others', async () => {
  const manifest = JSON.parse(
    await readFile(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { exports: Record<string, string> }
  expect(Object.keys(manifest.exports)).toEqual(['.', ...Object.keys(entries)])
})
