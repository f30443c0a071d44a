import { randomUUID } from 'node:crypto'
import type { Bus } from '@alkdev/bus'
import type { KeyedHash } from '@alkdev/crypto'
import { CallError } from '@alkdev/operations'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { canonicalJson, compact } from '@alkdev/std'
import {
  createRequestStateCodec,
  inputRequired,
  ProtocolError,
  ProtocolErrorCode,
} from '@modelcontextprotocol/server'
import type {
  InputRequests,
  InputRequiredResult,
  ServerContext,
} from '@modelcontextprotocol/server'
import type { ClientFacts } from '../tools/tool.ts'
import type { CallContext } from './call-context.ts'
import { membersOf } from './members-of.ts'
import { consentQuestion, cut } from './consent-question.ts'
import { consentWithin } from './consent-within.ts'
import type { StartedBy } from './consent-within.ts'
import { visibleLines } from './visible-text.ts'

const KEPT_SECONDS = 600
const MAX_REQUESTS = 16
const MAX_NAME_LENGTH = 128
/** Characters of the question of an operation. */
const MAX_QUESTION = 4000
const METHODS = new Set(['elicitation/create', 'sampling/createMessage', 'roots/list'])
/** The name of the hub's own request. An operation that uses it gets no answer under it. */
const CONSENT = 'alkhub_consent'

/** What a client brings back with its answers. It is signed, not encrypted. */
interface RoundState {
  /** Hash of the request that it belongs to. */
  readonly request: string
  /** The state of the operation. */
  readonly own?: unknown
  /** `asked`: the answers say whether a person agrees. `given`: a person has agreed before. */
  readonly consent?: 'asked' | 'given'
  /** Hash of the operations that the question named. What a schedule or a workflow calls may change before the answer. */
  readonly named?: string
  readonly nonce: string
}

export interface RoundsInput {
  readonly bus: Pick<Bus, 'lookUp'>
  readonly inputHash: KeyedHash
  readonly startedBy: StartedBy
  /** Of the deployment in Redis, without a colon at the end. */
  readonly prefix: string
  readonly redis: {
    set(key: string, value: string, unit: 'EX', seconds: number, mode: 'NX'): Promise<unknown>
  }
}

/** The request of one round: its method, and its parameters without answers. */
export interface RoundRequest {
  readonly identity: Identity
  readonly method: string
  readonly params: unknown
  readonly capabilities: Readonly<Record<string, unknown>>
}

/**
 * Requests that need answers of the client before they run (multi round-trip requests of MCP). A round ends with what the client is
 * asked; the client repeats the request with its answers and the state of the round, which any replica can continue.
 */
export class Rounds {
  readonly #input: RoundsInput
  readonly #codec

  constructor(input: RoundsInput) {
    this.#input = input
    this.#codec = createRequestStateCodec<RoundState>({
      key: input.inputHash.of('mcp.request-state'),
      ttlSeconds: KEPT_SECONDS,
      bind: (ctx) => ctx.http?.authInfo?.clientId ?? '',
    })
  }

  /** Rejects a state that the hub did not give to this caller, or that is older than ten minutes. */
  readonly verify = (state: string, ctx: ServerContext): Promise<RoundState> =>
    this.#codec.verify(state, ctx)

  /** Throws a protocol error for the state of another request. */
  begin(request: RoundRequest, ctx: CallContext): Round {
    const { method, params } = request
    const hashOf = (): string =>
      this.#input.inputHash.of(canonicalJson(['mcp.round', method, params ?? null]))
    const state = ctx.mcpReq.requestState() as RoundState | undefined
    if (state !== undefined && (typeof state !== 'object' || state.request !== hashOf()))
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid or expired requestState', {
        reason: 'invalid_request_state',
      })
    const mint = (made: RoundState): Promise<string> => this.#codec.mint(made, ctx as ServerContext)
    const hashOfNames = (names: readonly string[]): string =>
      this.#input.inputHash.of(canonicalJson(['mcp.consent', names]))
    return new Round(this.#input, request, { hashOf, hashOfNames, state, mint, ctx })
  }
}

interface RoundParts {
  /** Hash of the request. Most requests end in one round and need none. */
  hashOf(): string
  /** Hash of the operations that a question names. */
  hashOfNames(names: readonly string[]): string
  readonly state: RoundState | undefined
  readonly ctx: CallContext
  mint(state: RoundState): Promise<string>
}

/** One request and, when it repeats an earlier one, the answers of the client. */
export class Round {
  readonly #input: RoundsInput
  readonly #request: RoundRequest
  readonly #parts: RoundParts
  #consent: RoundState['consent']
  #named: string | undefined
  /** What runs, and may ask. */
  #operationId: string | undefined

  constructor(input: RoundsInput, request: RoundRequest, parts: RoundParts) {
    this.#input = input
    this.#request = request
    this.#parts = parts
  }

  /** What an operation learns of the client. */
  get client(): ClientFacts {
    const { ctx, state } = this.#parts
    const { [CONSENT]: _own, ...inputResponses } = ctx.mcpReq.inputResponses ?? {}
    return {
      capabilities: this.#request.capabilities,
      ...(Object.keys(inputResponses).length > 0 && { inputResponses }),
      ...compact({ requestState: state?.own }),
    }
  }

  /**
   * Resolves when a person has agreed to this call, or need not: an operation with the hint `consent`, and a destructive one when the client can
   * ask a person. An operation of the hub that makes it call others, now or later, needs what they need. One agreement is for one call, of the operations
   * that its question named. Throws INPUT_REQUIRED, and ABORTED when the person refused.
   */
  readonly consent = async (operationId: string, input: unknown): Promise<void> => {
    const { identity, capabilities } = this.#request
    const { state, ctx } = this.#parts
    this.#operationId = operationId
    const entry = await this.#input.bus.lookUp(operationId, identity)
    if (entry === undefined) return
    const needs = (spec: OperationSpec): boolean => needsConsent(spec, capabilities)
    // Most calls are of others, and have nothing to look for.
    const makesCalls = entry.kind === 'service' && entry.spec.type === 'mutation'
    const within = makesCalls
      ? await consentWithin(this.#input, { operationId, input }, identity, needs)
      : []
    if (within.length === 0 && !needs(entry.spec)) return
    this.#named = within.length === 0 ? undefined : this.#parts.hashOfNames(within)
    const answer = ctx.mcpReq.inputResponses?.[CONSENT]
    const agreed = state?.consent === 'given' || actionOf(answer) === 'accept'
    if (state?.consent !== undefined && agreed && state.named === this.#named) {
      await this.#useOnce(state)
      this.#consent = 'given'
      return
    }
    if (state?.consent === 'asked' && answer !== undefined && !agreed)
      throw new CallError('ABORTED', `The user refused the call of ${operationId}. Nothing ran.`, {
        operationId,
      })
    // For a client of 2026-07-28 the SDK has an error that names the capability.
    if (!canAsk(capabilities) && ctx.mcpReq.envelope === undefined)
      throw new CallError(
        'INPUT_REQUIRED',
        `A person must agree to the call of ${operationId}, and this client cannot ask one: it does not declare elicitation. Nothing ran.`,
        { operationId },
      )
    this.#consent = 'asked'
    const { title } = entry.spec
    const message = consentQuestion({ operationId, title, calls: within, input })
    throw new CallError('INPUT_REQUIRED', `A person must agree to the call of ${operationId}.`, {
      inputRequests: {
        [CONSENT]: {
          method: 'elicitation/create',
          params: { mode: 'form', message, requestedSchema: { type: 'object', properties: {} } },
        },
      },
    })
  }

  /** The result for an INPUT_REQUIRED with requests that MCP knows; undefined for any other error. */
  async ask(error: unknown): Promise<InputRequiredResult | undefined> {
    if (!(error instanceof CallError) || error.code !== 'INPUT_REQUIRED') return undefined
    const { inputRequests, requestState: own } = (error.details ?? {}) as Record<string, unknown>
    if (inputRequests !== undefined && !areRequests(inputRequests)) return undefined
    if (inputRequests === undefined && own === undefined) return undefined
    const consent = this.#consent
    const named = this.#named
    const asks = consent === 'asked' ? undefined : this.#operationId
    const request = this.#parts.hashOf()
    const state = { request, nonce: randomUUID(), ...compact({ own, consent, named }) }
    return inputRequired({
      ...(inputRequests !== undefined && { inputRequests: attributed(inputRequests, asks) }),
      ...((own !== undefined || consent !== undefined) && {
        requestState: await this.#parts.mint(state),
      }),
    })
  }

  /** An agreement that is repeated, for instance by a client that repeats a request without an answer, is not another one. */
  async #useOnce({ nonce }: RoundState): Promise<void> {
    const key = `${this.#input.prefix}:mcp:consent:${this.#request.identity.id}:${nonce}`
    if ((await this.#input.redis.set(key, '1', 'EX', 2 * KEPT_SECONDS, 'NX')) === null)
      throw new CallError('CONFLICT', 'This agreement was used for a call before: ask again.')
  }
}

function needsConsent(
  { hints }: OperationSpec,
  capabilities: RoundRequest['capabilities'],
): boolean {
  if (hints?.consent !== undefined) return hints.consent
  if (hints?.destructive !== true) return false
  return canAsk(capabilities)
}

function canAsk({ elicitation }: RoundRequest['capabilities']): boolean {
  if (typeof elicitation !== 'object' || elicitation === null) return false
  return 'form' in elicitation || !('url' in elicitation)
}

type Requested = InputRequests[string]

/**
 * Questions of an operation to a person name it: clients show the hub as the one that asks. Characters that are not seen, or that move what is seen, are shown as
 * escapes, and a long question is cut.
 */
function attributed(requests: InputRequests, operationId: string | undefined): InputRequests {
  if (operationId === undefined) return requests
  const named = Object.entries(requests).map(([name, request]): [string, Requested] => {
    if (request.method !== 'elicitation/create') return [name, request]
    const { message } = membersOf(request.params)
    // The protocol refuses one without a message.
    if (typeof message !== 'string') return [name, request]
    const shown = cut(visibleLines(message), MAX_QUESTION)
    const params = { ...request.params, message: `${operationId} asks: ${shown}` }
    return [name, { ...request, params }]
  })
  return Object.fromEntries<Requested>(named)
}

function actionOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'action' in answer
    ? answer.action
    : undefined
}

function areRequests(given: unknown): given is InputRequests {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false
  const all = Object.entries(given)
  if (all.length === 0 || all.length > MAX_REQUESTS) return false
  return all.every(([name, request]: [string, unknown]) => {
    if (name.length > MAX_NAME_LENGTH || typeof request !== 'object' || request === null)
      return false
    if (!('method' in request) || !METHODS.has(String(request.method))) return false
    return !('params' in request) || opensNoProgram(request.params)
  })
}

/** The address that a client is asked to open for a person is a page. Other addresses would start programs, or run a script. */
function opensNoProgram(params: unknown): boolean {
  const { mode, url } = membersOf(params)
  return mode !== 'url' || /^https?:$/.test(URL.parse(String(url))?.protocol ?? '')
}
