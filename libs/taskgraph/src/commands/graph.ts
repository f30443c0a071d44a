import { criticalPath } from '../analysis/critical-path.ts'
import { toDot } from '../render/dot.ts'
import type { DrawOptions } from '../render/draw-options.ts'
import { toMermaid } from '../render/mermaid.ts'
import type { TaskGraphSerialized } from '../schema/graph.ts'
import type { TaskInput } from '../schema/task.ts'
import { graphOf } from './command.ts'
import type { CommandResult } from './command.ts'

export interface GraphOptions extends Pick<DrawOptions, 'direction'> {
  /** Default `dot`. */
  readonly format?: 'dot' | 'mermaid'
  /** Stress the longest chain, if there is an order. Default false. */
  readonly critical?: boolean
}

/** The graph as JSON, and as a drawing in DOT or Mermaid. */
export function graph(
  tasks: readonly TaskInput[],
  { format = 'dot', critical = false, direction = 'LR' }: GraphOptions = {},
): CommandResult<TaskGraphSerialized> {
  const whole = graphOf(tasks)
  const highlight = critical && !whole.hasCycles() ? criticalPath(whole) : []
  const draw = format === 'mermaid' ? toMermaid : toDot
  return { data: whole.export(), text: draw(whole, { direction, highlight }).trimEnd() }
}
