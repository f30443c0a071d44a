import type { TaskStatus } from '../schema/enums.ts'

/** How a graph is drawn. */
export interface DrawOptions {
  /** Which way dependents lie: `LR` (default) to the right, `TB` below. */
  readonly direction?: 'LR' | 'TB'
  /** Tasks to stress, such as a critical path. Dependencies between two that follow each other are stressed too. */
  readonly highlight?: readonly string[]
}

/** Fill of a task by its status; pending ones have none. */
export const statusColours: Readonly<Partial<Record<TaskStatus, string>>> = {
  'in-progress': '#fff3bf',
  completed: '#d3f9d8',
  failed: '#ffc9c9',
  blocked: '#e9ecef',
}

export function highlightedSteps(highlight: readonly string[]) {
  const ids = new Set(highlight)
  const next = new Map<string, string>()
  for (const [index, id] of highlight.entries()) {
    const following = highlight[index + 1]
    if (following !== undefined) next.set(id, following)
  }
  return {
    hasTask: (id: string) => ids.has(id),
    hasStep: (from: string, to: string) => next.get(from) === to,
  }
}
