import { CodedError } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server'
import type {
  Implementation,
  JSONRPCRequest,
  Result,
  ServerContext,
  ServerOptions,
} from '@modelcontextprotocol/server'
import type { McpEvents } from '../events.ts'
import { isMembers } from './members-of.ts'

type Handler = (request: JSONRPCRequest, ctx: ServerContext) => Promise<Result>

/** Failed checks of parameters that an error names. */
const MAX_ISSUES = 5
const MAX_MESSAGE = 1000

/** A server of the SDK whose errors are those of the protocol: parameters that do not fit are -32602, and what failed inside says nothing of it. */
export class HubServer extends Server {
  readonly #events: Pick<McpEvents, 'requestFailed'>

  /** `events` gets the errors whose reason the client does not get. */
  constructor(
    info: Implementation,
    options: ServerOptions,
    events: Pick<McpEvents, 'requestFailed'>,
  ) {
    super(info, options)
    this.#events = events
  }

  /** The hook of the SDK around each handler. */
  protected override _wrapHandler(method: string, handler: Handler): Handler {
    return super._wrapHandler(method, async (request, ctx) => {
      let running: Promise<Result>
      try {
        running = handler(request, ctx)
      } catch (error) {
        // The SDK throws a plain error with what is wrong before the handler of the hub begins.
        throw this.#shown(method, paramsError(method, error) ?? error)
      }
      try {
        return await running
      } catch (error) {
        throw this.#shown(method, error)
      }
    })
  }

  #shown(method: string, error: unknown): ProtocolError {
    if (error instanceof ProtocolError) return error
    if (error instanceof CodedError) return codedError(error)
    this.#events.requestFailed(method, error)
    return new ProtocolError(ProtocolErrorCode.InternalError, 'The hub failed to answer.')
  }
}

function codedError(error: CodedError): ProtocolError {
  const failed = CallError.from(error)
  const isInput = failed.code === 'VALIDATION_ERROR'
  return new ProtocolError(
    isInput ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
    failed.message,
    failed.toWire(),
  )
}

/** Undefined for an error that is not the list of failed checks of the SDK. */
function paramsError(method: string, error: unknown): ProtocolError | undefined {
  if (!(error instanceof Error) || error instanceof CodedError) return undefined
  let issues: unknown
  try {
    issues = JSON.parse(error.message)
  } catch {
    return undefined
  }
  if (!Array.isArray(issues)) return undefined
  const texts = issues
    .filter(isMembers)
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => {
      const place = Array.isArray(path) ? path.join('.') : ''
      return place === '' ? String(message) : `${place}: ${String(message)}`
    })
  const message = `Invalid params for ${method}: ${texts.join('; ')}`
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message.slice(0, MAX_MESSAGE))
}
