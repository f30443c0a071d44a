import type { CallsGraphOutput } from '@alkdev/contracts'
import { expect, test } from 'vitest'
import { dotGraph, mermaidGraph, textGraph } from './draw-graph.ts'

const graph: CallsGraphOutput = {
  operations: [
    { operationId: 'a.find', count: 3 },
    { operationId: 'b."read"', count: 2 },
    { operationId: 'c.alone', count: 1 },
  ],
  edges: [
    { from: 'a.find', to: 'b."read"', kind: 'next', count: 2 },
    { from: 'a.find', to: 'b."read"', kind: 'fits' },
    { from: 'b."read"', to: 'a.find', kind: 'calls', count: 1 },
  ],
  complete: true,
}

test('a graph is drawn for Mermaid with escaped names, without operations that have no edge', () => {
  expect(mermaidGraph(graph)).toBe(`flowchart LR
  o0["a.find"]
  o1["b.#34;read#34;"]
  o0 -.->|2| o1
  o0 ==> o1
  o1 -->|1| o0`)
})

test('a graph is drawn for Graphviz with quoted names', () => {
  expect(dotGraph(graph)).toBe(`digraph operations {
  rankdir=LR
  node [shape=box]
  o0 [label="a.find"]
  o1 [label="b.\\"read\\""]
  o0 -> o1 [style=dotted label="2"]
  o0 -> o1 [style=bold]
  o1 -> o0 [style=solid label="1"]
}`)
})

test('the text has one line for each edge by kind, and says when there are more', () => {
  expect(textGraph({ ...graph, complete: false }).split('\n')).toEqual([
    'b."read" calls a.find (1)',
    '',
    'a.find is followed by b."read" (2)',
    '',
    'The output of a.find is an input of b."read"',
    '',
    'There are more: raise --limit, or give --namespace.',
  ])
  expect(textGraph({ ...graph, edges: [] })).toMatch(/^No operation/)
})
