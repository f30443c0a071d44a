import type { CallsGraphEdge, CallsGraphOutput } from '@alkdev/contracts'
import { dotText, mermaidText } from './diagram-text.ts'

/** What is said of two operations, from the first to the second. */
const WORDS: Readonly<Record<CallsGraphEdge['kind'], (from: string, to: string) => string>> = {
  calls: (from, to) => `${from} calls ${to}`,
  next: (from, to) => `${from} is followed by ${to}`,
  fits: (from, to) => `The output of ${from} is an input of ${to}`,
}

/** The operations that have an edge, with short names for a diagram, and the edges between them. */
function linked({ operations, edges }: CallsGraphOutput) {
  const ends = new Set(edges.flatMap(({ from, to }) => [from, to]))
  const nodes = operations
    .map(({ operationId }) => operationId)
    .filter((operationId) => ends.has(operationId))
  const names = new Map(nodes.map((operationId, at) => [operationId, `o${at}`]))
  const arrows = edges.flatMap((edge) => {
    const [from, to] = [names.get(edge.from), names.get(edge.to)]
    return from === undefined || to === undefined ? [] : [{ ...edge, from, to }]
  })
  return { nodes: [...names], arrows }
}

/** A Mermaid flow chart: solid arrows for calls, dotted ones for what was called next, thick ones for outputs that fit. */
export function mermaidGraph(graph: CallsGraphOutput): string {
  const { nodes, arrows } = linked(graph)
  const lineOf = { calls: '-->', next: '-.->', fits: '==>' } as const
  return [
    'flowchart LR',
    ...nodes.map(([operationId, name]) => `  ${name}["${mermaidText(operationId)}"]`),
    ...arrows.map(
      ({ from, to, kind, count }) =>
        `  ${from} ${lineOf[kind]}${count === undefined ? '' : `|${count}|`} ${to}`,
    ),
  ].join('\n')
}

/** A graph for Graphviz, with the same edges. */
export function dotGraph(graph: CallsGraphOutput): string {
  const { nodes, arrows } = linked(graph)
  const styleOf = { calls: 'solid', next: 'dotted', fits: 'bold' } as const
  return [
    'digraph operations {',
    '  rankdir=LR',
    '  node [shape=box]',
    ...nodes.map(([operationId, name]) => `  ${name} [label="${dotText(operationId)}"]`),
    ...arrows.map(
      ({ from, to, kind, count }) =>
        `  ${from} -> ${to} [style=${styleOf[kind]}${count === undefined ? '' : ` label="${count}"`}]`,
    ),
    '}',
  ].join('\n')
}

/** One line for each edge, by kind. */
export function textGraph({ edges, complete }: CallsGraphOutput): string {
  const lineOf = ({ from, to, kind, count }: CallsGraphEdge): string =>
    `${WORDS[kind](from, to)}${count === undefined ? '' : ` (${count})`}`.replaceAll(
      /[\p{Cc}\p{Bidi_Control}]/gu,
      ' ',
    )
  const blocks = (['calls', 'next', 'fits'] as const)
    .map((kind) => edges.filter((edge) => edge.kind === kind).map((edge) => lineOf(edge)))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
  if (blocks.length === 0)
    return 'No operation was called after another, and no output is a valid input of another one.'
  const more = complete ? [] : ['There are more: raise --limit, or give --namespace.']
  return [...blocks, ...more].join('\n\n')
}
