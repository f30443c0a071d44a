import { GENERIC_OPERATIONS, GENERIC_TOOLS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import {
  CallError,
  compileSchema,
  isExpensive,
  mayBeAllowed,
  retryClassOf,
  schemaHash,
  validationError,
} from '@alkdev/operations'
import type { Identity, OperationSpec, RetryClass } from '@alkdev/operations'
import type { ModelTool } from '../model/call-model.ts'
import type { ModelToolCall } from '../model/collected-answer.ts'
import { BoundOperations, worktreeOf } from './bound-operations.ts'
import { safeName } from '../model/turn-history.ts'
import type { BoundPlace } from '../turn/bound-place.ts'
import type { TurnRole } from '../turn/turn-role.ts'

type ToolsRuntime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus' | 'config'>

/** The tools of a step: those that find and call operations, and the native ones of the role that the session may use. */
export class TurnTools {
  readonly #runtime: ToolsRuntime
  readonly #identity: Identity
  readonly #bound: BoundOperations
  readonly #role: TurnRole
  readonly #native = new Map<string, string>()

  constructor(
    runtime: ToolsRuntime,
    identity: Identity,
    place: BoundPlace | undefined,
    role: TurnRole,
  ) {
    this.#runtime = runtime
    this.#identity = identity
    this.#bound = new BoundOperations(runtime, identity, { place, role })
    this.#role = role
  }

  /** For the model. */
  async describe(): Promise<ModelTool[]> {
    const tools: ModelTool[] = [...GENERIC_TOOLS]
    for (const name of this.#role.nativeTools) {
      const operationId = this.#bound.idOf(name)
      // oxlint-disable-next-line no-await-in-loop -- the registry is in memory
      const entry = await this.#runtime.bus.lookUp(operationId, this.#identity)
      if (entry === undefined) continue
      if (!mayBeAllowed(this.#identity.rules ?? [], operationId)) continue
      const tool = safeName(name)
      this.#native.set(tool, operationId)
      tools.push({
        name: tool,
        description: entry.spec.description,
        inputSchema: withoutWorktree(entry.spec),
      })
    }
    return tools
  }

  /** What the model asked for as the call that is to be made. Throws CallError when it cannot be made. */
  async plan({ toolName, input, fault }: ModelToolCall): Promise<PlannedCall> {
    if (fault !== undefined) throw new CallError('VALIDATION_ERROR', fault)
    const wanted = this.#wanted(toolName, input)
    const operationId = this.#bound.idOf(wanted.operationId)
    const entry = await this.#runtime.bus.lookUp(operationId, this.#identity)
    if (entry === undefined)
      throw new CallError('OPERATION_NOT_FOUND', `There is no operation ${operationId}.`)
    const bound = this.#bound.bind(operationId, entry.spec, wanted.input)
    const { inputSchema } = entry.spec
    if (!isExpensive(inputSchema)) {
      const compiled = compileSchema(inputSchema)
      if (!compiled.check(bound))
        throw validationError(`The input of ${operationId}`, compiled.errors(bound))
    }
    return {
      operationId,
      input: bound,
      spec: entry.spec,
      retry: retryClassOf(entry.spec),
      schemaHash: schemaHash(inputSchema),
    }
  }

  #wanted(
    toolName: string,
    input: unknown,
  ): { readonly operationId: string; readonly input: unknown } {
    const generic = GENERIC_OPERATIONS[toolName]
    if (generic !== undefined) return { operationId: generic, input }
    if (toolName !== 'call') {
      const operationId = this.#native.get(toolName)
      if (operationId !== undefined) return { operationId, input }
      const names = [...GENERIC_TOOLS.map(({ name }) => name), ...this.#native.keys()].join(', ')
      throw new CallError(
        'OPERATION_NOT_FOUND',
        `There is no tool ${safeName(toolName)}. There are: ${names}.`,
      )
    }
    const { operationId, input: inner = {} } = (input ?? {}) as {
      operationId?: unknown
      input?: unknown
    }
    if (typeof operationId !== 'string')
      throw new CallError(
        'VALIDATION_ERROR',
        '`call` needs the operationId of an operation, as `search` gives it.',
      )
    return { operationId, input: inner }
  }
}

export interface PlannedCall {
  readonly operationId: string
  readonly input: unknown
  readonly spec: OperationSpec
  readonly retry: RetryClass
  readonly schemaHash: string
}

/** The schema for the model: the worktree is not its to choose. */
function withoutWorktree(spec: OperationSpec): Readonly<Record<string, unknown>> {
  const schema = (typeof spec.inputSchema === 'object' ? spec.inputSchema : {}) as Record<
    string,
    unknown
  >
  const plain = JSON.parse(JSON.stringify(schema)) as Record<string, unknown>
  const member = worktreeOf(spec)
  const { properties } = plain
  if (member !== undefined && typeof properties === 'object' && properties !== null)
    delete (properties as Record<string, unknown>)[member]
  return { ...plain, type: 'object', properties: plain['properties'] ?? {} }
}
