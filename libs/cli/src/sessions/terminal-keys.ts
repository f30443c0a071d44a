import { createInterface, emitKeypressEvents } from 'node:readline'
import type { Io } from '../command.ts'

/** Keys that wait to be read; further ones are dropped. */
const MAX_KEYS = 4096
const MAX_HISTORY = 200
const CLEAR_LINE = '\r\u001B[K'

export interface Key {
  /** The text that the key writes; empty for others. */
  readonly text: string
  readonly name: string
  readonly ctrl: boolean
}

interface LineOptions {
  readonly prompt: string
  /** Text that is there already. */
  readonly typed?: string
  /** Asked when something else happens: the line is given up when it is empty and this is true. */
  readonly mayGiveUp?: () => boolean
  /** Called when something is typed while `mayGiveUp` is true. */
  readonly onKept?: () => void
  /** Called for Ctrl-C on an empty line. */
  readonly onInterrupt?: () => void
}

/** Reads a terminal: single keys, or a line with editing and history. One of both at a time. */
export class TerminalKeys implements Disposable {
  readonly #io: Io
  #keys: Key[] = []
  #wake: (() => void) | undefined
  #history: string[] = []
  #givesUp: (() => void) | undefined
  readonly #onKey = (text: string | undefined, key: { name?: string; ctrl?: boolean }): void => {
    if (this.#keys.length >= MAX_KEYS) return
    const isText = text !== undefined && key.ctrl !== true && !/\p{Cc}/u.test(text)
    this.#keys.push({ text: isText ? text : '', name: key.name ?? '', ctrl: key.ctrl === true })
    this.#wake?.()
  }

  constructor(io: Io) {
    this.#io = io
    emitKeypressEvents(io.stdin)
  }

  /** Something has changed: ends a wait for a key, and a line that may be given up. */
  wake(): void {
    this.#wake?.()
    this.#givesUp?.()
  }

  /** The keys that were pressed since the last call; waits for one, or for `wake`, which gives none. */
  async keys(): Promise<readonly Key[]> {
    const { stdin } = this.#io
    stdin.setRawMode(true)
    stdin.resume()
    stdin.on('keypress', this.#onKey)
    try {
      if (this.#keys.length === 0)
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    } finally {
      this.#wake = undefined
      stdin.off('keypress', this.#onKey)
    }
    const keys = this.#keys
    this.#keys = []
    return keys
  }

  /** A line; undefined after Ctrl-D on an empty line, `given-up` when it was given up. */
  async line(options: LineOptions): Promise<string | undefined | typeof GIVEN_UP> {
    const { stdin, stdout, signal } = this.#io
    const lines = createInterface({
      input: stdin,
      output: stdout,
      terminal: true,
      prompt: options.prompt,
      history: [...this.#history],
      historySize: MAX_HISTORY,
    })
    lines.on('history', (history: string[]) => {
      this.#history = history
    })
    const result = await new Promise<string | undefined | typeof GIVEN_UP>((resolve) => {
      lines.once('line', resolve)
      lines.once('close', () => resolve(undefined))
      lines.on('SIGINT', () => {
        if (lines.line === '') options.onInterrupt?.()
        // Ctrl-U and Ctrl-K: an empty line.
        lines.write(null, { ctrl: true, name: 'u' })
        lines.write(null, { ctrl: true, name: 'k' })
        lines.prompt()
      })
      this.#givesUp = () => {
        if (options.mayGiveUp?.() !== true) return
        if (lines.line === '') resolve(GIVEN_UP)
        else options.onKept?.()
      }
      const onAbort = (): void => resolve(undefined)
      signal.addEventListener('abort', onAbort, { once: true })
      lines.once('close', () => signal.removeEventListener('abort', onAbort))
      lines.prompt()
      if (options.typed !== undefined) lines.write(options.typed)
      // What happened before the line was there.
      this.#givesUp()
    })
    this.#givesUp = undefined
    lines.close()
    if (result === GIVEN_UP) stdout.write(CLEAR_LINE)
    else if (result === undefined) stdout.write('\n')
    return result
  }

  [Symbol.dispose](): void {
    const { stdin } = this.#io
    stdin.setRawMode(false)
    stdin.pause()
  }
}

/** The line was given up because something else happened. */
export const GIVEN_UP = Symbol('given up')
