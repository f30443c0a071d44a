import type { ServiceRuntime } from '@alkdev/service'

type RedisConnection = ServiceRuntime['redis']

/** Seconds that the deltas of a step are kept after the last one. */
const KEPT_S = 900
/** Milliseconds in which text is collected for one entry. */
const GATHER_MS = 30

export type DeltaKind = 'text' | 'reasoning' | 'tool-input'

/** A piece of the text of a step. */
export interface Delta {
  /** Number in its step, from 1. */
  readonly n: number
  readonly kind: DeltaKind
  readonly text: string
  readonly modelCallId?: string
  readonly toolName?: string
  /** The entries before it are lost: what came of the step so far begins with this one. */
  readonly restarts?: true
}

type Piece = Pick<Delta, 'kind' | 'text' | 'modelCallId' | 'toolName'>

const keyOf = (prefix: string, stepId: string): string => `${prefix}:d:${stepId}`

/**
 * Writes the text of one attempt of a step to its Redis stream, in pieces. Nothing waits for it: while Redis is unavailable pieces are lost, and
 * when the stream was deleted the whole text so far is written again. The stored message is the truth.
 */
export class DeltaWriter {
  readonly #redis: RedisConnection
  readonly #key: string
  #n = 0
  #pieces: Piece[] = []
  /** All pieces that were given to be sent, joined. */
  readonly #whole: Piece[] = []
  #timer: NodeJS.Timeout | undefined
  #isStarted = false
  #writing: Promise<void> = Promise.resolve()

  constructor(redis: RedisConnection, prefix: string, stepId: string) {
    this.#redis = redis
    this.#key = keyOf(prefix, stepId)
  }

  add(piece: Piece): void {
    join(this.#pieces, piece)
    this.#timer ??= setTimeout(() => this.#write(), GATHER_MS)
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    this.#write()
    await this.#writing
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const pieces = this.#pieces
    if (pieces.length === 0) return
    this.#pieces = []
    for (const piece of pieces) join(this.#whole, piece)
    // Without the pieces that come while it is sent: they are sent behind it.
    const whole = [...this.#whole]
    this.#writing = this.#writing.then(() => this.#send(pieces, whole)).catch(() => undefined)
  }

  async #send(pieces: readonly Piece[], whole: readonly Piece[]): Promise<void> {
    if (this.#redis.status !== 'ready') return
    if (await this.#append(pieces, !this.#isStarted, false)) return
    // The stream was deleted with its entries.
    await this.#append(whole, true, true)
  }

  async #append(pieces: readonly Piece[], creates: boolean, restarts: boolean): Promise<boolean> {
    const pipeline = this.#redis.pipeline()
    for (const [at, piece] of pieces.entries()) {
      const id = `0-${this.#n + at + 1}`
      const body = JSON.stringify({ ...piece, ...(restarts && at === 0 && { restarts: true }) })
      if (creates && at === 0) pipeline.xadd(this.#key, id, 'd', body)
      else pipeline.xadd(this.#key, 'NOMKSTREAM', id, 'd', body)
    }
    pipeline.expire(this.#key, KEPT_S)
    const answers = await pipeline.exec()
    this.#n += pieces.length
    if (answers?.[0]?.[1] == null) return false
    this.#isStarted = true
    return true
  }
}

/** Pieces of the same kind are one. */
function join(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1)
  if (last?.kind === piece.kind && last.modelCallId === piece.modelCallId)
    pieces[pieces.length - 1] = { ...last, text: last.text + piece.text }
  else pieces.push(piece)
}

/** Deltas as a reader gets them: those of one kind that follow on each other are one, with the number of the last. */
export function joinDeltas(deltas: readonly Delta[]): Delta[] {
  const joined: Delta[] = []
  for (const delta of deltas) {
    const last = joined.at(-1)
    const isSame = last?.kind === delta.kind && last.modelCallId === delta.modelCallId
    if (last !== undefined && isSame && delta.restarts !== true)
      joined[joined.length - 1] = { ...last, n: delta.n, text: last.text + delta.text }
    else joined.push(delta)
  }
  return joined
}

/** The deltas of an attempt of a step after a number; empty while Redis is unavailable. */
export async function readDeltas(
  redis: RedisConnection,
  prefix: string,
  stepId: string,
  after: number,
): Promise<Delta[]> {
  if (redis.status !== 'ready') return []
  const entries = await redis.xrange(keyOf(prefix, stepId), `0-${after + 1}`, '+')
  return entries.flatMap(([id, fields]) => {
    const body = fields[1]
    if (body === undefined) return []
    const n = Number(id.slice(id.indexOf('-') + 1))
    return [{ ...(JSON.parse(body) as Omit<Delta, 'n'>), n }]
  })
}
