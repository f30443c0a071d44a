import type { SpokeWelcome } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import type { SpokeOperation } from './define.ts'
import { checkHello, helloOf } from './hello.ts'
import type { IncomingCalls, SpokeLog } from './incoming/incoming-calls.ts'
import type { Attached, SpokeOptions } from './options.ts'
import type { Connection } from './wire/connection.ts'

const REGISTER_TIMEOUT_MS = 15_000

interface RegistrarParts {
  readonly options: SpokeOptions
  readonly incoming: IncomingCalls
  readonly log: SpokeLog
  /** Aborted when the spoke stops. */
  readonly signal: AbortSignal
}

/**
 * The operations of the spoke, and the connection on which they are registered. Registrations are sent one after the other, so that the
 * hub ends with the last one.
 */
export class Registrar {
  readonly #parts: RegistrarParts
  #operations: readonly SpokeOperation[]
  /** The newest attached connection. */
  #current: Connection | undefined
  /** The newest connection on which `hub.register` was sent. */
  #registered: Connection | undefined
  #registering: Promise<unknown> = Promise.resolve()
  #token: string | undefined

  constructor(parts: RegistrarParts) {
    this.#parts = parts
    this.#operations = parts.options.operations
    parts.incoming.offer(this.#operations)
  }

  /** The newest attached connection; it may have ended since. */
  get current(): Connection | undefined {
    return this.#current
  }

  /** The connection for calls. Throws PROVIDER_UNAVAILABLE while there is no connection. */
  get attached(): Connection {
    if (!this.#current?.open)
      throw new CodedError('PROVIDER_UNAVAILABLE', 'There is no connection to the hub now.')
    return this.#current
  }

  /** Registers on a connection. Rejects with CodedError. */
  register(connection: Connection): Promise<Attached> {
    return this.#inTurn(() => this.#register(connection))
  }

  /** Registers other operations on the attached connection. Rejects with CodedError; then nothing has changed. */
  async replace(operations: readonly SpokeOperation[]): Promise<Attached> {
    const { options, incoming } = this.#parts
    checkHello(options, operations)
    return this.#inTurn(async () => {
      const connection = this.attached
      const before = this.#operations
      this.#operations = operations
      try {
        incoming.offer(operations)
        return await this.#register(connection)
      } catch (error) {
        this.#operations = before
        incoming.offer(before)
        throw error
      }
    })
  }

  /** Asks the hub to send no more calls; resolves when it has answered, or cannot answer. */
  async unregister(): Promise<void> {
    const timeoutMs = REGISTER_TIMEOUT_MS
    await this.#current?.calls.call('hub.unregister', {}, { timeoutMs }).catch(() => undefined)
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#registering.then(run)
    this.#registering = result.catch(() => undefined)
    return result
  }

  async #register(connection: Connection): Promise<Attached> {
    const { options, incoming, log, signal } = this.#parts
    const again = this.#registered !== undefined && this.#registered !== connection
    // From now on the hub may send calls on it, even if its answer is lost.
    this.#registered = connection
    const hello = helloOf(options, this.#operations, {
      ...compact({ sessionToken: this.#token }),
      ...(again && { resume: incoming.resume() }),
    })
    const settings = { timeoutMs: REGISTER_TIMEOUT_MS, signal }
    const { data } = await connection.calls.call('hub.register', hello, settings)
    const welcome = data as SpokeWelcome
    if (welcome.sessionToken !== '') this.#token = welcome.sessionToken
    connection.setHeartbeat(welcome.heartbeatMs)
    connection.maxPayloadBytes = welcome.maxPayloadBytes
    this.#current = connection
    if (again) incoming.resumed(welcome.resumed ?? [], connection)
    for (const { name, status, reason } of welcome.operations)
      if (status === 'quarantined')
        log('warn', `${name} is quarantined: ${reason ?? 'no reason given'}`)
      else if (reason !== undefined) log('warn', `${name}: ${reason}`)
    return { spokeId: welcome.spokeId, operations: welcome.operations }
  }
}
