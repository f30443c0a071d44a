import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CodedError, OperatorError } from '@alkdev/errors'
import { SCRIPTED_BASE_PATH } from './names.ts'
import { sendFailure } from './send-failure.ts'

const MAX_IN_FLIGHT = 1024
const MAX_ANSWER_MS = 600_000

export interface ScriptedModelOptions {
  /**
   * A folder with further scripts (`*.yaml`), read at each request, so that a changed file counts at once. An invalid one becomes a 400 that
   * names it.
   */
  readonly folder?: string
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default: a free one. One that is in use is replaced by a free one. */
  readonly port?: number
}

export interface ScriptedModel extends AsyncDisposable {
  readonly port: number
  /** Base URL of the API, without a slash at its end. */
  readonly url: string
}

/**
 * Starts a model provider with the API of OpenAI (`/chat/completions`, `/models`), whose models act out scripts. At most 1,024 requests at a time, an
 * answer takes up to 10 minutes. Disposing ends all connections.
 */
export async function startScriptedModel(
  options: ScriptedModelOptions = {},
): Promise<ScriptedModel> {
  const host = options.host ?? '127.0.0.1'
  let inFlight = 0
  let responder: Promise<Respond> | undefined
  const server = createServer((request, response) => {
    // A client that leaves is no failure of the server.
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    if (inFlight >= MAX_IN_FLIGHT)
      return sendFailure(response, { status: 429, message: 'Too many requests.', retryAfterS: 1 })
    inFlight += 1
    responder ??= loadResponder(options.folder)
    void answer(request, response, responder).finally(() => (inFlight -= 1))
    return undefined
  })
  await listen(server, host, options.port ?? 0)
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}${SCRIPTED_BASE_PATH}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    await listenOn(server, host, port)
  } catch (error) {
    if (port === 0 || (error as { code?: unknown }).code !== 'EADDRINUSE') throw error
    await listenOn(server, host, 0)
  }
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

type Respond = (
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
) => Promise<void>

/** Loads what reads and acts out scripts: with the first request, because most starts of a stack make none. */
async function loadResponder(folder: string | undefined): Promise<Respond> {
  const [{ respond }, { ScriptLibrary }] = await Promise.all([
    import('./respond.ts'),
    import('./script-library.ts'),
  ])
  const scripts = new ScriptLibrary(folder)
  return (request, response, signal) => respond(request, response, scripts, signal)
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  responder: Promise<Respond>,
): Promise<void> {
  const left = new AbortController()
  response.once('close', () => left.abort())
  const signal = AbortSignal.any([left.signal, AbortSignal.timeout(MAX_ANSWER_MS)])
  try {
    const respond = await responder
    await respond(request, response, signal)
  } catch (error) {
    if (signal.aborted || response.headersSent) return void response.destroy()
    // A script that is not valid is for the one who asks to correct.
    if (error instanceof OperatorError)
      return sendFailure(response, { status: 400, code: 'invalid_script', message: error.message })
    const { code, message } = CodedError.from(error)
    sendFailure(response, { status: code === 'VALIDATION_ERROR' ? 400 : 500, message })
  }
}
