import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { parseJson } from '@alkdev/std'
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client'
import { MAX_ANSWER_BYTES } from './limits.ts'
import { groupMemory } from './process-tree.ts'
import type { ProgramSettings } from './settings.ts'

/** Messages and bytes of a program in one second; beyond them it is not read until the next one. */
const MAX_MESSAGES = 500
const MAX_BYTES = 16 * 1024 * 1024
/** Lines that are no messages, after which a program is ended. */
const MAX_GARBAGE = 100
/** Milliseconds between two checks of the memory. */
const MEMORY_CHECK_MS = 1000
/** Milliseconds that a program has to end by itself when its input is closed. */
const END_MS = 2000
/** Bytes that the program has not read yet; beyond them calls fail. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024
/** The variables of this process that a program gets. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TMPDIR'] as const

/**
 * An MCP server as a process of this machine, in a process group of its own, with the variables that its settings name and few others. A
 * program that floods is read slowly, one that sends garbage or uses too much memory is ended. Its standard error is discarded.
 */
export class ProgramTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage) => void
  readonly #settings: ProgramSettings
  #child: ChildProcessByStdio<Writable, Readable, null> | undefined
  #folder: string | undefined
  #memoryCheck: NodeJS.Timeout | undefined
  #resume: NodeJS.Timeout | undefined
  #parts: Buffer[] = []
  #partBytes = 0
  #garbage = 0
  #second = 0
  #messages = 0
  #bytes = 0
  #ended: Promise<void> | undefined
  /** Why the program was ended by this process. */
  reason: string | undefined

  constructor(settings: ProgramSettings) {
    this.#settings = settings
  }

  /** False before the program runs, and when it could not be started. */
  get isStarted(): boolean {
    return this.#child?.pid !== undefined
  }

  async start(): Promise<void> {
    const { command, args, env, cwd } = this.#settings
    if (cwd === undefined) this.#folder = await mkdtemp(join(tmpdir(), 'alkhub-mcp-'))
    const inherited = INHERITED.flatMap((name) => {
      // oxlint-disable-next-line node/no-process-env -- a program needs its path, and nothing secret is among these
      const value = process.env[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    const child = spawn(command, [...args], {
      cwd: cwd ?? this.#folder,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      shell: false,
      // A group of its own, so that its children can be ended with it.
      detached: true,
    })
    this.#child = child
    const started = new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    this.#ended = new Promise((resolve) => {
      child.once('close', () => resolve())
      child.once('error', () => resolve())
    })
    child.on('error', (error) => {
      if (child.pid === undefined) this.reason ??= notStarted(error)
      this.onerror?.(error)
    })
    child.stdin.on('error', (error) => this.onerror?.(error))
    child.stdout.on('data', (chunk: Buffer) => this.#onData(chunk))
    void this.#ended.then(() => this.#onEnd())
    await started
    this.#memoryCheck = setInterval(() => void this.#checkMemory(), MEMORY_CHECK_MS)
    this.#memoryCheck.unref()
  }

  send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin
    if (stdin === undefined || !stdin.writable)
      return Promise.reject(new Error('The program is not running.'))
    if (stdin.writableLength > MAX_UNREAD_BYTES)
      return Promise.reject(new Error('The program does not read its input.'))
    return new Promise((resolve, reject) => {
      stdin.write(`${JSON.stringify(message)}\n`, (error) => {
        if (error) reject(error)
        else resolve()
      })
    })
  }

  async close(): Promise<void> {
    const child = this.#child
    if (child === undefined || this.#ended === undefined) return
    child.stdin.end()
    const timer = setTimeout(() => this.#kill(), END_MS)
    await this.#ended
    clearTimeout(timer)
    this.#kill()
  }

  #onData(chunk: Buffer): void {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#messages = 0
      this.#bytes = 0
    }
    this.#bytes += chunk.length
    let from = 0
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      this.#parts.push(chunk.subarray(from, at))
      from = at + 1
      const line = Buffer.concat(this.#parts).toString('utf8')
      this.#parts = []
      this.#partBytes = 0
      this.#onLine(line)
      if (this.reason !== undefined) return
    }
    this.#parts.push(chunk.subarray(from))
    this.#partBytes += chunk.length - from
    if (this.#partBytes > MAX_ANSWER_BYTES)
      this.#end(`It sent a line of more than ${MAX_ANSWER_BYTES} bytes.`)
    else if (this.#messages > MAX_MESSAGES || this.#bytes > MAX_BYTES) this.#pause()
  }

  #onLine(line: string): void {
    this.#messages++
    if (line.trim() === '') return
    let message: unknown
    try {
      message = parseJson(line)
    } catch {
      message = undefined
    }
    if (typeof message !== 'object' || message === null || !('jsonrpc' in message)) {
      this.#garbage++
      if (this.#garbage > MAX_GARBAGE)
        this.#end(`It sent ${MAX_GARBAGE} lines that are no messages of the protocol.`)
      return
    }
    this.onmessage?.(message as JSONRPCMessage)
  }

  /** Does not read the output until the next second: the program waits when the pipe is full. */
  #pause(): void {
    const { stdout } = this.#child ?? {}
    if (stdout === undefined || this.#resume !== undefined) return
    stdout.pause()
    this.#resume = setTimeout(
      () => {
        this.#resume = undefined
        stdout.resume()
      },
      1000 - (performance.now() % 1000),
    )
    this.#resume.unref()
  }

  async #checkMemory(): Promise<void> {
    const pid = this.#child?.pid
    if (pid === undefined) return
    const { bytes } = await groupMemory(pid)
    const { memoryMiB } = this.#settings
    if (bytes > memoryMiB * 1024 * 1024) this.#end(`It used more memory than ${memoryMiB} MiB.`)
  }

  #end(reason: string): void {
    this.reason ??= reason
    this.#kill()
  }

  /** Ends the program and its children. */
  #kill(): void {
    const pid = this.#child?.pid
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // The group has ended already.
    }
  }

  #onEnd(): void {
    clearInterval(this.#memoryCheck)
    clearTimeout(this.#resume)
    this.#kill()
    if (this.#folder !== undefined)
      rm(this.#folder, { recursive: true, force: true }).catch(() => undefined)
    this.onclose?.()
  }
}

function notStarted({ code = 'error' }: NodeJS.ErrnoException): string {
  const why =
    code === 'ENOENT'
      ? ': it is not on the PATH of the mcp service, or its folder is not there'
      : ''
  return `The program cannot be started (${code})${why}.`
}
