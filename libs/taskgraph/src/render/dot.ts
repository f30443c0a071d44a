import type { TaskGraph } from '../graph/task-graph.ts'
import { highlightedSteps, statusColours } from './draw-options.ts'
import type { DrawOptions } from './draw-options.ts'
import { oneLine, unprintable } from './plain-text.ts'

/** A graph in the DOT language of Graphviz; every id and name is a quoted string. */
export function toDot(graph: TaskGraph, options: DrawOptions = {}): string {
  const { direction = 'LR', highlight = [] } = options
  const { hasTask, hasStep } = highlightedSteps(highlight)
  const lines = ['digraph tasks {', `  rankdir=${direction};`, '  node [shape=box];']
  const links: string[] = []
  for (const { id, attributes, unresolved, outgoing } of graph.snapshot().nodes) {
    const colour = attributes.status && statusColours[attributes.status]
    const style = [
      `label=${quote(oneLine(attributes.name))}`,
      ...(unresolved ? ['style=dashed'] : []),
      ...(colour ? ['style=filled', `fillcolor="${colour}"`] : []),
      ...(hasTask(id) ? ['penwidth=3'] : []),
    ]
    lines.push(`  ${quote(id)} [${style.join(', ')}];`)
    for (const { target } of outgoing) {
      const stress = hasStep(id, target.id) ? ' [penwidth=3]' : ''
      links.push(`  ${quote(id)} -> ${quote(target.id)}${stress};`)
    }
  }
  return `${[...lines, ...links, '}'].join('\n')}\n`
}

/** Signs that can't be printed become `\u{hex}`, so that two ids never look the same to Graphviz. */
function quote(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll(unprintable, (signs) =>
      Array.from(signs, (sign) => String.raw`\\u{${sign.codePointAt(0)?.toString(16)}}`).join(''),
    )
  return `"${escaped}"`
}
