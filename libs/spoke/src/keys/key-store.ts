import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '@alkdev/errors'
import { canonicalJson } from '@alkdev/std'
import type { SpokeContext, SpokeHandler, SpokeOperation } from '../define.ts'
import type { LogLevel } from '../options.ts'
import { KeyLog } from './key-log.ts'
import type { KeyLine } from './key-log.ts'
import { KeyTable } from './key-table.ts'
import type { KeyEntry } from './key-table.ts'
import { lockFolder } from './lock-folder.ts'

const DAY_MS = 24 * 3600 * 1000
/** Bytes of the file, beyond twice what it must hold, at which it is compacted. */
const SLACK_BYTES = 1024 * 1024

export interface KeyStoreOptions {
  /** Milliseconds that a key is known. Default 7 days. */
  readonly keepMs?: number
  /** Maximum keys; beyond it the oldest whose calls have ended are dropped. Default 100,000. */
  readonly maxKeys?: number
  /** Maximum characters of the answers together; beyond it the oldest keys are dropped. Default 32 Mi. */
  readonly maxAnswers?: number
  readonly onLog?: (level: LogLevel, message: string, error?: unknown) => void
}

export interface OnceOptions {
  /**
   * Looks up what became of a call that had started when the spoke was killed: its answer, or undefined when it had no effect, so that the handler runs. Without it
   * such a call fails with OUTCOME_UNKNOWN.
   */
  readonly recover?: SpokeHandler
}

/** Remembers the keys of `keyed` calls in a folder, also over a restart of the spoke. */
export interface KeyStore extends AsyncDisposable {
  /**
   * The operation with the retry class `keyed`, whose handler runs once for each account and idempotency key. A repeated call gets the answer of the first one, and
   * waits while that runs. A call without a key runs as usual. Errors beside those of the handler: CONFLICT when the key was used with another input, UNAVAILABLE when
   * the start could not be written to the disk (nothing ran), OUTCOME_UNKNOWN when the spoke was killed, or the call aborted, during the first call.
   *
   * A handler that throws says that it had no effect: the key is free again. One that does not know throws OUTCOME_UNKNOWN.
   */
  once(operation: SpokeOperation, options?: OnceOptions): SpokeOperation
}

const OUTCOME_UNKNOWN = {
  code: 'OUTCOME_UNKNOWN',
  description: 'An earlier call with this key may have had its effect, wholly or in part.',
  schema: {},
  httpStatus: 409,
} as const

/**
 * Opens the store in a folder, which is created if it is missing. Rejects when another process uses the folder, or it can't be written. Each start is written to the disk before
 * the handler runs; an answer survives the end of the process, and the loss of power unless it came in the last moment: then the outcome is unknown.
 */
export async function keyStore(dir: string, options: KeyStoreOptions = {}): Promise<KeyStore> {
  const { keepMs = 7 * DAY_MS, maxKeys = 100_000, maxAnswers = 32 * 1024 * 1024 } = options
  const { onLog = toConsole } = options
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const unlock = await lockFolder(dir)
  try {
    const { log, lines, damaged } = await KeyLog.open(join(dir, 'keys.log'))
    if (damaged > 0) onLog('error', `${damaged} damaged lines of ${dir}/keys.log are left out.`)
    const table = new KeyTable({ keepMs, maxKeys, maxAnswers })
    for (const line of lines) table.apply(line)
    return new Store(log, table, onLog, unlock)
  } catch (error) {
    await unlock()
    throw error
  }
}

class Store implements KeyStore {
  readonly #log: KeyLog
  readonly #table: KeyTable
  readonly #onLog: NonNullable<KeyStoreOptions['onLog']>
  readonly #unlock: () => Promise<void>
  readonly #running = new Map<string, Promise<unknown>>()
  #isCompacting = false

  constructor(
    log: KeyLog,
    table: KeyTable,
    onLog: NonNullable<KeyStoreOptions['onLog']>,
    unlock: () => Promise<void>,
  ) {
    this.#log = log
    this.#table = table
    this.#onLog = onLog
    this.#unlock = unlock
  }

  once(operation: SpokeOperation, { recover }: OnceOptions = {}): SpokeOperation {
    if (operation.type !== 'mutation')
      throw new TypeError(`${operation.namespace}.${operation.name} is no mutation.`)
    const run = operation.handler as SpokeHandler<unknown>
    const name = `${operation.namespace}.${operation.name}`
    const handler: SpokeHandler<unknown> = (input, context) => {
      const { idempotencyKey, identity } = context
      if (idempotencyKey === undefined) return run(input, context)
      const key = hashOf([name, identity?.id ?? '', idempotencyKey])
      return this.#once(key, input, context, run, recover as SpokeHandler<unknown> | undefined)
    }
    const errorSchemas = [...(operation.errorSchemas ?? []), OUTCOME_UNKNOWN]
    return { ...operation, retry: 'keyed', errorSchemas, handler }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#running.values())
    await this.#log.close()
    await this.#unlock()
  }

  async #once(
    key: string,
    input: unknown,
    context: SpokeContext,
    run: SpokeHandler<unknown>,
    recover: SpokeHandler<unknown> | undefined,
  ): Promise<unknown> {
    const inputHash = hashOf(input)
    for (;;) {
      const entry = this.#table.get(key)
      if (entry !== undefined && entry.inputHash !== inputHash)
        throw new CodedError('CONFLICT', 'The idempotency key was used with another input.')
      if (entry?.answer !== undefined) return JSON.parse(entry.answer)
      const running = this.#running.get(key)
      if (running === undefined) return this.#first(key, entry, input, context, run, recover)
      // oxlint-disable-next-line no-await-in-loop -- until the key has an answer, or is free
      await running.catch(() => undefined)
    }
  }

  #first(
    key: string,
    known: KeyEntry | undefined,
    input: unknown,
    context: SpokeContext,
    run: SpokeHandler<unknown>,
    recover: SpokeHandler<unknown> | undefined,
  ): Promise<unknown> {
    this.#table.hold(key)
    const ended = this.#run(key, known, input, context, run, recover).finally(() => {
      this.#running.delete(key)
      this.#table.release(key)
      void this.#compact()
    })
    this.#running.set(key, ended)
    return ended
  }

  async #run(
    key: string,
    known: KeyEntry | undefined,
    input: unknown,
    context: SpokeContext,
    run: SpokeHandler<unknown>,
    recover: SpokeHandler<unknown> | undefined,
  ): Promise<unknown> {
    if (known !== undefined) {
      if (recover === undefined)
        throw new CodedError('OUTCOME_UNKNOWN', OUTCOME_UNKNOWN.description, {
          details: { outcome: 'unknown' },
        })
      const answer = await recover(input, context)
      if (answer !== undefined) return this.#done(key, answer)
    } else await this.#start(key, input)
    let value: unknown
    try {
      value = await run(input, context)
    } catch (error) {
      const isUnknown = error instanceof CodedError && error.code === 'OUTCOME_UNKNOWN'
      // A handler that was stopped half way may have had part of its effect.
      if (!isUnknown && !context.signal.aborted) await this.#write({ is: 'failed', key })
      throw error
    }
    return this.#done(key, value)
  }

  async #start(key: string, input: unknown): Promise<void> {
    const line = { is: 'started', key, inputHash: hashOf(input), atMs: Date.now() } as const
    this.#table.apply(line)
    try {
      await this.#log.append(line, true)
    } catch (cause) {
      this.#table.apply({ is: 'failed', key })
      const message = 'The start of the call could not be written to the disk. Nothing ran.'
      throw new CodedError('UNAVAILABLE', message, { cause })
    }
  }

  async #done(key: string, value: unknown): Promise<unknown> {
    const answer = JSON.stringify(value ?? null)
    await this.#write({ is: 'done', key, answer })
    return value
  }

  /** What can't be written is still known until the process ends; after that the outcome is unknown. */
  async #write(line: KeyLine): Promise<void> {
    this.#table.apply(line)
    await this.#log.append(line, false).catch((error: unknown) => {
      this.#onLog('error', 'The end of a keyed call could not be written to the disk.', error)
    })
  }

  /** Compacts the file when most of it is not needed any more. */
  async #compact(): Promise<void> {
    if (this.#isCompacting || this.#log.bytes < 2 * this.#table.size + SLACK_BYTES) return
    this.#isCompacting = true
    try {
      await this.#log.replace(this.#table.lines())
    } catch (error) {
      this.#onLog('warn', 'The file of the key store could not be made smaller.', error)
    } finally {
      this.#isCompacting = false
    }
  }
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url')
}

function toConsole(level: LogLevel, message: string, error?: unknown): void {
  if (level === 'error') console.error(message, error ?? '')
}
