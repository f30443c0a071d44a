import type { TemplateGraph, WorkflowReactiveRoot } from '@alkdev/flowgraph'

export type DrawFormat = 'mermaid' | 'dot'

interface Drawn {
  readonly name: string
  readonly lines: readonly string[]
}

/** A workflow as a flow chart, in Mermaid or for Graphviz; with a run each step has its status, and a Map the number of its items that are over. */
export function drawWorkflow(
  graph: TemplateGraph,
  format: DrawFormat,
  root?: WorkflowReactiveRoot,
): string {
  const keys = graph.nodes()
  const nodes = keys.map((key, at): Drawn => ({ name: `s${at}`, lines: linesOf(graph, key, root) }))
  const names = new Map(keys.map((key, at) => [key, `s${at}`]))
  const edges = keys.flatMap((key) =>
    graph.successors(key).map((to) => {
      const { edgeType } = graph.getEdgeAttributes(key, to)
      return { from: names.get(key), to: names.get(to), isBranch: edgeType === 'conditional' }
    }),
  )
  if (format === 'mermaid')
    return [
      'flowchart TD',
      ...nodes.map(({ name, lines }) => `  ${name}["${lines.map(escaped).join('<br/>')}"]`),
      ...edges.map(({ from, to, isBranch }) => `  ${from} ${isBranch ? '-.->' : '-->'} ${to}`),
    ].join('\n')
  return [
    'digraph workflow {',
    '  node [shape=box]',
    ...nodes.map(
      ({ name, lines }) => `  ${name} [label="${lines.map(quoted).join(String.raw`\n`)}"]`,
    ),
    ...edges.map(
      ({ from, to, isBranch }) => `  ${from} -> ${to}${isBranch ? ' [style=dotted]' : ''}`,
    ),
    '}',
  ].join('\n')
}

function linesOf(
  graph: TemplateGraph,
  key: string,
  root: WorkflowReactiveRoot | undefined,
): readonly string[] {
  const { operationId } = graph.getNodeAttributes(key)
  const name = operationId === undefined ? `${key} (map)` : key
  const operation = operationId === undefined || operationId === key ? [] : [operationId]
  if (root === undefined) return [name, ...operation]
  const status = root.getStatus(key)
  if (operationId !== undefined) return [name, ...operation, status]
  const items = root.nodes().filter((one) => one.startsWith(`${key}[`))
  const over = items.filter((one) => OVER.has(root.getStatus(one)))
  return [name, items.length === 0 ? status : `${status}, ${over.length} of ${items.length} steps`]
}

const OVER: ReadonlySet<string> = new Set(['completed', 'failed', 'aborted', 'skipped'])

/** Everything that Mermaid would read as markup, as its entity codes. */
function escaped(text: string): string {
  return text.replaceAll(/[^\w.,\- /]/gu, (char) => `#${char.codePointAt(0) ?? 0};`)
}

function quoted(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ').replaceAll(/["\\]/g, String.raw`\$&`)
}
