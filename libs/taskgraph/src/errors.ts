import { CodedError } from '@alkdev/errors'

/** Cycles that a message and its details show at most. */
const shownCycles = 3
/** Tasks of one cycle that a message shows at most. */
const shownTasks = 12

/** Base of every error this library throws on purpose. */
export class TaskgraphError extends CodedError {
  override readonly name: string = 'TaskgraphError'
}

/** A task was named that the graph does not hold. */
export class TaskNotFoundError extends TaskgraphError {
  override readonly name = 'TaskNotFoundError'
  readonly taskId: string

  constructor(taskId: string) {
    super('VALIDATION_ERROR', `There is no task "${clip(taskId)}".`, { details: { taskId } })
    this.taskId = taskId
  }
}

/**
 * An order was asked for that does not exist. Each cycle is a list of ids in which every task is a
 * prerequisite of the next one and the last one of the first. The message prints the first cycles.
 */
export class CircularDependencyError extends TaskgraphError {
  override readonly name = 'CircularDependencyError'
  readonly cycles: string[][]

  constructor(cycles: string[][]) {
    // The wire gets enough to understand; a cycle may hold every task there is.
    const shown = cycles.slice(0, shownCycles).map((cycle) => cycle.slice(0, 100))
    super('CONFLICT', describeCycles(cycles), { details: { cycles: shown } })
    this.cycles = cycles
  }
}

export interface InvalidInputPlace {
  /** 1-based line in the text that was read. */
  readonly line?: number
  /** 1-based column in that line. */
  readonly column?: number
  /** File the text came from. */
  readonly path?: string
  readonly cause?: unknown
}

/** A value does not have the shape it must have. `field` is the path in it, with `/` between steps; empty for the whole. */
export class InvalidInputError extends TaskgraphError {
  override readonly name = 'InvalidInputError'
  readonly field: string
  readonly line?: number
  readonly column?: number
  readonly path?: string

  constructor(field: string, message: string, place: InvalidInputPlace = {}) {
    const { line, column, path } = place
    super('VALIDATION_ERROR', message, {
      details: {
        errors: [{ path: field === '' ? '' : `/${field}`, message, ...(line && { line }) }],
      },
      cause: place.cause,
    })
    this.field = field
    if (line !== undefined) this.line = line
    if (column !== undefined) this.column = column
    if (path !== undefined) this.path = path
  }

  /** The first finding of a TypeBox check; `/a/b` becomes the field `a/b`. */
  static fromTypeBoxError(error: { path: string; message: string }): InvalidInputError {
    return new InvalidInputError(error.path.replace(/^\//, ''), error.message)
  }
}

/** A task was added twice. */
export class DuplicateNodeError extends TaskgraphError {
  override readonly name = 'DuplicateNodeError'
  readonly taskId: string

  constructor(taskId: string) {
    super('CONFLICT', `The task "${clip(taskId)}" is already there.`, { details: { taskId } })
    this.taskId = taskId
  }
}

/** A dependency was added twice. */
export class DuplicateEdgeError extends TaskgraphError {
  override readonly name = 'DuplicateEdgeError'
  readonly prerequisite: string
  readonly dependent: string

  constructor(prerequisite: string, dependent: string) {
    super('CONFLICT', `The task "${clip(dependent)}" already depends on "${clip(prerequisite)}".`, {
      details: { prerequisite, dependent },
    })
    this.prerequisite = prerequisite
    this.dependent = dependent
  }
}

function describeCycles(cycles: readonly (readonly string[])[]): string {
  const first = cycles[0]
  if (first === undefined) return 'The tasks depend on each other in a cycle.'
  if (cycles.length === 1 && first.length === 1)
    return `The task "${clip(first[0] ?? '')}" depends on itself.`
  const shown = cycles.slice(0, shownCycles).map(describeCycle)
  const more = cycles.length - shown.length
  return `The tasks depend on each other in a cycle: ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`
}

/** One cycle as text that ends where it began; a long one keeps its two ends. */
export function describeCycle(cycle: readonly string[]): string {
  const ids = [...cycle, ...cycle.slice(0, 1)].map(clip)
  if (ids.length <= shownTasks) return ids.join(' -> ')
  const head = ids.slice(0, shownTasks - 3)
  const tail = ids.slice(-2)
  return [...head, `(${ids.length - head.length - tail.length} more)`, ...tail].join(' -> ')
}

function clip(id: string): string {
  return id.length <= 120 ? id : `${id.slice(0, 117)}...`
}
