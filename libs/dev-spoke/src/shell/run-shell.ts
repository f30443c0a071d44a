import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { subscription } from '../define.ts'
import { placeOf } from '../git/worktrees.ts'
import type { PortLeases } from '../ports/port-leases.ts'
import { portVariables } from '../ports/port-variables.ts'
import { worktreeInput } from '../worktree-input.ts'
import { GROUP_MARK } from './find-processes.ts'
import { guardedShell } from './guarded-shell.ts'
import { ownerOf } from './owner-of.ts'
import type { ProcessGroup, ProcessGroups } from './process-groups.ts'

const defaultTimeoutMs = 120_000
const maxTimeoutMs = 3_600_000
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

/**
 * A shell command with the rights of the spoke's user. Its output is a stream; a slow reader slows the process. The whole
 * process group, and what left it, is stopped when the call ends in whatever way: TERM, and KILL two seconds later. When the spoke is killed, the
 * group is killed.
 */
export function runShellOperation(
  served: ConfinedFolder,
  groups: ProcessGroups,
  ports: PortLeases,
): IOperationDefinition {
  return subscription(
    {
      id: 'shell.run',
      title: 'Run a shell command',
      description:
        'Runs a command with /bin/sh and streams its output; the last item has its exit code. It has all rights of the user that the spoke runs as. In a worktree, servers are to listen on $PORT, or on the ports of $ALKHUB_PORTS (first-last), which no other worktree has.',
      tags: ['shell', 'command', 'process', 'exec', 'bash'],
      scope: 'shell:run',
      input: Type.Object(
        {
          command: Type.String({ minLength: 1, maxLength: 100_000 }),
          cwd: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
          ...worktreeInput,
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
      const { worktree } = input
      const place = worktree === undefined ? undefined : await placeOf(served, worktree)
      const folder = place === undefined ? served : served.below(place.workTree)
      const path = input.cwd ?? '.'
      await using handle = await folder.openForReading(path)
      if (!(await handle.stat()).isDirectory())
        throw new CodedError('VALIDATION_ERROR', `${path} is not a folder.`)
      const own = place && (await portVariables(ports, place, context.signal))
      context.signal?.throwIfAborted()
      if (own?.problem !== undefined) yield { stream: 'stderr', data: own.problem }
      const id = groups.newId()
      const timeout = AbortSignal.timeout(input.timeoutMs ?? defaultTimeoutMs)
      const [program, args] = guardedShell(input.command)
      const child = spawn(program, args, {
        cwd: join(folder.root, path),
        // Nothing of the spoke's own environment: what is in there is not the caller's.
        env: {
          PATH: '/usr/local/bin:/usr/bin:/bin',
          HOME: folder.root,
          LANG: 'C.UTF-8',
          TERM: 'dumb',
          ...own?.variables,
          [GROUP_MARK]: id,
        },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      })
      // Closed on the other side when the group ends.
      child.stdio[3]?.on('error', () => undefined)
      const { pid } = child
      const group = pid === undefined ? undefined : groupOf(id, pid, input, context)
      if (group) groups.add(group)
      const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
        child.once('error', () => resolve({ code: 127, signal: null }))
        const closed = [child.stdout, child.stderr].map(
          (stream) => new Promise((done) => stream?.once('close', done)),
        )
        child.once('exit', (code, signal) => {
          const result = { code, signal }
          void Promise.all(closed).then(() => resolve(result))
          // A process left in the background holds the pipes open: it gets no more than this after the shell's end.
          setTimeout(resolve, lingerMs, result).unref()
        })
      })
      const stop = AbortSignal.any([timeout, ...(context.signal ? [context.signal] : [])])
      const onStop = (): void => {
        if (group) void groups.end(group).then(() => child.stdio[3]?.destroy())
      }
      stop.addEventListener('abort', onStop, { once: true })
      try {
        yield* output(child, ended)
        const { code, signal } = await ended
        context.signal?.throwIfAborted()
        yield { exitCode: code, signal, timedOut: timeout.aborted }
      } finally {
        stop.removeEventListener('abort', onStop)
        onStop()
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

function groupOf(
  id: string,
  pid: number,
  input: { readonly command: string; readonly worktree?: string },
  context: OperationContext,
): ProcessGroup {
  const { command, worktree } = input
  return { ...ownerOf(context), id, pid, command, worktree, startedAt: new Date() }
}
