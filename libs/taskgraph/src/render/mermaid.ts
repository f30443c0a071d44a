import type { TaskGraph } from '../graph/task-graph.ts'
import { highlightedSteps, statusColours } from './draw-options.ts'
import type { DrawOptions } from './draw-options.ts'
import { oneLine } from './plain-text.ts'

/** A graph as a Mermaid flow chart. Nodes are numbered and carry the names as quoted labels, so any id can be drawn. */
export function toMermaid(graph: TaskGraph, options: DrawOptions = {}): string {
  const { direction = 'LR', highlight = [] } = options
  const { hasTask, hasStep } = highlightedSteps(highlight)
  const { nodes } = graph.snapshot()
  const lines = [`flowchart ${direction}`]
  const links: string[] = []
  const stressedLinks: number[] = []
  const classes = new Map<string, number[]>()
  const addClass = (name: string, index: number) => {
    const members = classes.get(name)
    if (members === undefined) classes.set(name, [index])
    else members.push(index)
  }
  for (const { id, index, attributes, unresolved, outgoing } of nodes) {
    lines.push(`  n${index}["${label(attributes.name)}"]`)
    if (unresolved) addClass('unresolved', index)
    else if (attributes.status !== undefined) addClass(attributes.status, index)
    if (hasTask(id)) addClass('critical', index)
    for (const { target } of outgoing) {
      if (hasStep(id, target.id)) stressedLinks.push(links.length)
      links.push(`  n${index} --> n${target.index}`)
    }
  }
  lines.push(...links)
  for (const [status, colour] of Object.entries(statusColours)) {
    if (classes.has(status)) lines.push(`  classDef ${status} fill:${colour}`)
  }
  if (classes.has('unresolved')) lines.push('  classDef unresolved stroke-dasharray:4')
  if (classes.has('critical')) lines.push('  classDef critical stroke-width:3px')
  for (const [name, members] of classes) {
    if (name !== 'pending')
      lines.push(`  class ${members.map((index) => `n${index}`).join(',')} ${name}`)
  }
  if (stressedLinks.length > 0)
    lines.push(`  linkStyle ${stressedLinks.join(',')} stroke-width:3px`)
  return `${lines.join('\n')}\n`
}

/** Everything that Mermaid would read as markup, as its entity codes. */
function label(name: string): string {
  return oneLine(name).replaceAll(/["#<>&`\\;]/g, (sign) => `#${sign.charCodeAt(0)};`)
}
