import { PassThrough } from 'node:stream'
import type { Io } from '../command.ts'
import { runCli } from '../run-cli.ts'

export interface MemoryIo {
  readonly io: Io
  readonly stdin: PassThrough
  readonly out: () => string
  readonly err: () => string
}

/** Streams in memory. `terminal` makes standard input look like one. */
export function memoryIo(
  options: {
    readonly cwd?: string
    readonly env?: Io['env']
    readonly terminal?: boolean
    readonly signal?: AbortSignal
  } = {},
): MemoryIo {
  const texts = { out: '', err: '' }
  const keep = (name: 'out' | 'err'): PassThrough => {
    const stream = new PassThrough()
    stream.on('data', (chunk: Buffer) => (texts[name] += chunk.toString()))
    return stream
  }
  const stdin = Object.assign(new PassThrough(), { isTTY: options.terminal === true })
  const io: Io = {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: keep('out') as unknown as NodeJS.WriteStream,
    stderr: keep('err') as unknown as NodeJS.WriteStream,
    cwd: options.cwd ?? process.cwd(),
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
  }
  return { io, stdin, out: () => texts.out, err: () => texts.err }
}

export interface RunResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs one command line; `input` is the content of standard input. */
export async function run(
  argv: readonly string[],
  options: Parameters<typeof memoryIo>[0] & { readonly input?: string } = {},
): Promise<RunResult> {
  const memory = memoryIo(options)
  memory.stdin.end(options.input ?? '')
  const code = await runCli(argv, memory.io)
  return { code, out: memory.out(), err: memory.err() }
}
