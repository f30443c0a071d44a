import { CodedError } from '@alkdev/errors'
import type { CallStatus } from './schema/enums.ts'

const MAX_NAME = 80
const MAX_CYCLE = 12

function quote(key: string): string {
  return `"${key.length > MAX_NAME ? `${key.slice(0, MAX_NAME - 3)}...` : key}"`
}

/** Base of every error this library throws on purpose. Misuse throws; validation returns lists. */
export class FlowgraphError extends CodedError {
  override readonly name: string = 'FlowgraphError'
}

/** A graph that can't be built. */
export class ConstructionError extends FlowgraphError {
  override readonly name: string = 'ConstructionError'
}

export class DuplicateNodeError extends ConstructionError {
  override readonly name = 'DuplicateNodeError'
  readonly key: string

  constructor(key: string) {
    super('CONFLICT', `Node with key ${quote(key)} already exists`, { details: { key } })
    this.key = key
  }
}

export class DuplicateEdgeError extends ConstructionError {
  override readonly name = 'DuplicateEdgeError'
  readonly source: string
  readonly target: string

  constructor(source: string, target: string) {
    super('CONFLICT', `Edge from ${quote(source)} to ${quote(target)} already exists`, {
      details: { source, target },
    })
    this.source = source
    this.target = target
  }
}

export class NodeNotFoundError extends ConstructionError {
  override readonly name = 'NodeNotFoundError'
  readonly key: string

  constructor(key: string) {
    super('VALIDATION_ERROR', `Node with key ${quote(key)} does not exist`, { details: { key } })
    this.key = key
  }
}

/** An order was needed that does not exist. Each cycle lists keys of which every one points to the next and the last to the first. */
export class CycleError extends ConstructionError {
  override readonly name = 'CycleError'
  readonly cycles: readonly (readonly string[])[]

  constructor(cycles: readonly (readonly string[])[]) {
    super('CONFLICT', `The graph has a cycle: ${cycles.slice(0, 3).map(cycleText).join('; ')}`, {
      details: { cycles: cycles.slice(0, 10) },
    })
    this.cycles = cycles
  }
}

function cycleText(cycle: readonly string[]): string {
  const shown = cycle.slice(0, MAX_CYCLE).map(quote)
  if (cycle.length > MAX_CYCLE) shown.push(`... ${cycle.length - MAX_CYCLE} more`)
  return [...shown, quote(cycle[0] ?? '')].join(' -> ')
}

/** One thing wrong with what was handed in. */
export interface InputProblem {
  /** JSON Pointer into the input. */
  readonly path: string
  readonly message: string
}

/** What was handed in does not have the shape it must have; `errors` has every problem, 100 at most. */
export class InvalidInputError extends ConstructionError {
  override readonly name = 'InvalidInputError'
  readonly errors: readonly InputProblem[]

  constructor(errors: readonly InputProblem[]) {
    const [first] = errors
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
    super('VALIDATION_ERROR', `${first?.path ?? ''}: ${first?.message ?? 'invalid input'}${more}`, {
      details: { errors },
    })
    this.errors = errors
  }
}

/** A call can't go from one status to the other. */
export class InvalidTransitionError extends FlowgraphError {
  override readonly name = 'InvalidTransitionError'
  readonly requestId: string
  readonly from: CallStatus
  readonly to: CallStatus

  constructor(requestId: string, from: CallStatus, to: CallStatus) {
    super('CONFLICT', `Call ${quote(requestId)} can't go from ${from} to ${to}`, {
      details: { requestId, from, to },
    })
    this.requestId = requestId
    this.from = from
    this.to = to
  }
}
