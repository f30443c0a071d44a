import { edgeKey } from '@alkdev/graph'
import { DirectedGraph } from 'graphology'
import type { NodeStore } from './node-store.ts'
import type { TaskGraphEdgeAttributes, TaskGraphNodeAttributes } from '../schema/graph.ts'

export type RawTaskGraph = DirectedGraph<TaskGraphNodeAttributes, TaskGraphEdgeAttributes>

/** A graphology graph of what the store holds. Every later change to it is made in the store as well. */
export function createRawGraph(store: NodeStore): RawTaskGraph {
  const raw: RawTaskGraph = new DirectedGraph({ multi: false, allowSelfLoops: false })
  for (const node of store.nodes()) raw.addNode(node.id, { ...node.attributes })
  for (const node of store.nodes()) {
    for (const { source, target, attributes } of node.outgoing) {
      raw.addDirectedEdgeWithKey(edgeKey(source.id, target.id), source.id, target.id, {
        ...attributes,
      })
    }
  }
  const syncNode = (id: string) => {
    store.get(id).attributes = raw.getNodeAttributes(id)
  }
  const syncEdge = (edge: string) => {
    const attributes = raw.getEdgeAttributes(edge)
    store.setEdgeAttributes(raw.source(edge), raw.target(edge), attributes)
  }
  raw.on('nodeAdded', ({ key, attributes }) => store.addNode(key, attributes))
  raw.on('nodeDropped', ({ key }) => store.removeNode(key))
  raw.on('edgeAdded', ({ source, target, attributes }) => store.addEdge(source, target, attributes))
  raw.on('edgeDropped', ({ source, target }) => store.removeEdge(source, target))
  raw.on('nodeAttributesUpdated', ({ key }) => syncNode(key))
  raw.on('edgeAttributesUpdated', ({ key }) => syncEdge(key))
  raw.on('eachNodeAttributesUpdated', () => raw.forEachNode(syncNode))
  raw.on('eachEdgeAttributesUpdated', () => raw.forEachEdge(syncEdge))
  raw.on('edgesCleared', () => {
    for (const node of store.nodes()) {
      for (const { target } of node.outgoing.slice()) store.removeEdge(node.id, target.id)
    }
  })
  raw.on('cleared', () => {
    for (const node of store.nodes()) store.removeNode(node.id)
  })
  return raw
}
