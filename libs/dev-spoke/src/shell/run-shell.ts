import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { subscription } from '../define.ts'

const defaultTimeoutMs = 120_000
const maxTimeoutMs = 3_600_000
const killAfterMs = 2000
const lingerMs = 500

const Item = Type.Union([
  Type.Object({
    stream: Type.Union([Type.Literal('stdout'), Type.Literal('stderr')]),
    data: Type.String(),
  }),
  Type.Object({
    exitCode: Type.Union([Type.Integer(), Type.Null()]),
    signal: Type.Union([Type.String(), Type.Null()]),
    timedOut: Type.Boolean(),
  }),
])
type Item =
  | { stream: 'stdout' | 'stderr'; data: string }
  | { exitCode: number | null; signal: string | null; timedOut: boolean }

/** Called when a process group is started and when it has ended. */
export type OnProcessGroup = (pid: number, running: boolean) => void

/**
 * A shell command with the rights of the spoke's user. Its output is a stream; a slow reader slows the process. The whole
 * process group is stopped when the call ends in whatever way: TERM, and KILL two seconds later.
 */
export function runShellOperation(
  folder: ConfinedFolder,
  onProcessGroup: OnProcessGroup = () => {},
): IOperationDefinition {
  return subscription(
    {
      id: 'shell.run',
      title: 'Run a shell command',
      description:
        'Runs a command with /bin/sh and streams its output; the last item has its exit code. It has all rights of the user that the spoke runs as.',
      tags: ['shell', 'command', 'process', 'exec', 'bash'],
      scope: 'shell:run',
      input: Type.Object(
        {
          command: Type.String({ minLength: 1, maxLength: 100_000 }),
          cwd: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
          timeoutMs: Type.Optional(
            Type.Integer({ minimum: 1, maximum: maxTimeoutMs, default: defaultTimeoutMs }),
          ),
        },
        { additionalProperties: false },
      ),
      output: Item,
      hints: { destructive: true },
    },
    async function* run(input, context): AsyncGenerator<Item, void, unknown> {
      const path = input.cwd ?? '.'
      await using handle = await folder.openForReading(path)
      if (!(await handle.stat()).isDirectory())
        throw new CodedError('VALIDATION_ERROR', `${path} is not a folder.`)
      const timeout = AbortSignal.timeout(input.timeoutMs ?? defaultTimeoutMs)
      const child = spawn('/bin/sh', ['-c', input.command], {
        cwd: join(folder.root, path),
        // Nothing of the spoke's own environment: what is in there is not the caller's.
        env: {
          PATH: '/usr/local/bin:/usr/bin:/bin',
          HOME: folder.root,
          LANG: 'C.UTF-8',
          TERM: 'dumb',
        },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const { pid } = child
      if (pid !== undefined) onProcessGroup(pid, true)
      const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
        child.once('error', () => resolve({ code: 127, signal: null }))
        child.once('close', (code, signal) => resolve({ code, signal }))
        // A process left in the background holds the pipes open: it gets no more than this after the shell's end.
        child.once('exit', (code, signal) =>
          setTimeout(resolve, lingerMs, { code, signal }).unref(),
        )
      })
      const stop = AbortSignal.any([timeout, ...(context.signal ? [context.signal] : [])])
      const onStop = (): void => killGroup(child)
      stop.addEventListener('abort', onStop, { once: true })
      try {
        yield* output(child, ended)
        const { code, signal } = await ended
        context.signal?.throwIfAborted()
        yield { exitCode: code, signal, timedOut: timeout.aborted }
      } finally {
        stop.removeEventListener('abort', onStop)
        killGroup(child, () => {
          if (pid !== undefined) onProcessGroup(pid, false)
        })
      }
    },
  )
}

/** Chunks of both streams, read only as fast as they are taken. */
async function* output(
  child: ChildProcess,
  ended: Promise<unknown>,
): AsyncGenerator<Item, void, unknown> {
  const streams = [
    { name: 'stdout' as const, stream: child.stdout as Readable },
    { name: 'stderr' as const, stream: child.stderr as Readable },
  ]
  let finished = false
  let wake = (): void => {}
  for (const { stream } of streams) {
    stream.setEncoding('utf8')
    stream.on('readable', () => wake())
  }
  void ended.then(() => {
    finished = true
    wake()
  })
  for (;;) {
    // Armed before reading, so that what comes in between is not missed.
    const { promise, resolve } = Promise.withResolvers<void>()
    wake = resolve
    const last = finished
    let any = false
    for (const { name, stream } of streams) {
      const data = stream.read() as string | null
      if (data === null || data === '') continue
      any = true
      for (let at = 0; at < data.length; at += 65_536)
        yield { stream: name, data: data.slice(at, at + 65_536) }
    }
    if (any) continue
    if (last) return
    await promise
  }
}

/** TERM, and KILL after two seconds; `onGone` is called when nothing of the group can be left. */
function killGroup(child: ChildProcess, onGone: () => void = () => {}): void {
  const { pid } = child
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    return onGone() // No process of the group is left.
  }
  setTimeout(() => {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It ended in time.
    }
    onGone()
  }, killAfterMs).unref()
}
