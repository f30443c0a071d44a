import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { sleep } from '@alkdev/std'
import type { Command, Io, Parsed } from '../command.ts'
import { Progress } from '../progress.ts'
import { firstCall } from '../stack/first-call.ts'
import type { FirstCall } from '../stack/first-call.ts'
import { isAlive, readStack, releaseLock, takeLock, writeState } from '../stack/lock.ts'
import type { StackState } from '../stack/lock.ts'
import { stackPaths } from '../stack/paths.ts'
import type { StackPaths } from '../stack/paths.ts'
import type { ServiceProcess } from '../stack/service-process.ts'
import { startSpoke } from '../stack/start-spoke.ts'
import { startStack } from '../stack/start-stack.ts'

export const up: Command = {
  usage: '[options]',
  summary:
    'Starts PostgreSQL, Redis, the five services and a dev spoke on the current folder, and makes one real call through all of it.\nStays in the foreground; Ctrl-C stops everything.',
  flags: {
    detach: { type: 'boolean', summary: 'Return when everything runs; `alkhub down` stops it.' },
    port: {
      type: 'string',
      value: 'N',
      summary: 'Port of the gateway; the other services take the next four.',
    },
    listen: {
      type: 'string',
      value: 'ADDRESS',
      summary: 'Address to listen on (default 127.0.0.1).',
    },
    'postgres-file': {
      type: 'string',
      value: 'FILE',
      summary: 'Use the PostgreSQL whose URL this file holds.',
    },
    'redis-file': {
      type: 'string',
      value: 'FILE',
      summary: 'Use the Redis whose URL this file holds.',
    },
    'no-spoke': { type: 'boolean', summary: 'Attach no dev spoke.' },
    'allow-shell': {
      type: 'boolean',
      summary: "Let the dev spoke offer shell.run: any command, with this user's rights.",
    },
  },
  async run(args, io) {
    const paths = stackPaths()
    return args.flag('detach') ? detached(paths, args, io) : foreground(paths, args, io)
  },
}

async function foreground(paths: StackPaths, args: Parsed, io: Io): Promise<number> {
  const lock = await takeLock(paths)
  if (!lock.taken) return alreadyRunning(lock.state)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => releaseLock(paths))
  const progress = new Progress(io, { quiet: args.flag('json') })
  try {
    const port = args.number('port')
    const running = await startStack(
      paths,
      {
        ...(port !== undefined && { port }),
        ...optional('listen', args.text('listen')),
        ...optional('postgresFile', args.text('postgres-file')),
        ...optional('redisFile', args.text('redis-file')),
      },
      stack,
      progress,
      io,
    )
    const processes = [...running.processes]
    let spoke: string | undefined
    let call: FirstCall | undefined
    if (!args.flag('no-spoke')) {
      const attached = await progress.step('Dev spoke', () =>
        startSpoke(paths, io, running.urls, args.flag('allow-shell'), stack),
      )
      processes.push(attached.process)
      spoke = attached.name
      call = await progress.step('First call', () =>
        firstCall(paths, running.urls, attached.name, io.signal),
      )
      await writeState(paths, { ...running.state, spoke })
    }
    tell(paths, { ...running.state, ...(spoke !== undefined && { spoke }) }, call, args, io)
    return await watch(processes, io)
  } catch (error) {
    if (!io.signal.aborted) throw error
    return 130
  } finally {
    if (!args.flag('json') && io.stderr.isTTY) io.stderr.write('\nStopping ...\n')
  }
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string }
}

function alreadyRunning(state: StackState): never {
  throw new OperatorError(
    state.urls
      ? `The stack of this clone runs already at ${state.urls.gateway} (process ${state.pid}).`
      : `The stack of this clone is being started by process ${state.pid}.`,
    'Use it, or stop it with `./alkhub down`.',
  )
}

/** Prints what a person, or a program under --json, needs to go on. */
function tell(
  paths: StackPaths,
  state: StackState,
  call: FirstCall | undefined,
  args: Parsed,
  io: Io,
): void {
  const { urls } = state
  if (args.flag('json')) {
    const report = {
      urls,
      adminKeyFile: paths.adminKey,
      spoke: state.spoke ?? null,
      firstCall: call ? { operationId: call.operationId, durationMs: call.durationMs } : null,
    }
    io.stdout.write(`${JSON.stringify(report)}\n`)
    return
  }
  const lines = [
    ...(call
      ? ['', `${call.operationId} answered in ${call.durationMs.toFixed(1)} ms: ${call.shown}`]
      : []),
    '',
    `  gateway    ${urls?.gateway}`,
    `  docs       ${urls?.gateway}/docs`,
    `  spokes     ${urls?.spokes}`,
    `  inference  ${urls?.inference}`,
    `  mcp        ${urls?.mcp}`,
    `  admin key  ${paths.adminKey}`,
    '',
    state.spoke
      ? `Try: ./alkhub call dev.${state.spoke}.fs.read '{"path":"README.md"}'`
      : 'Try: ./alkhub ops',
    '',
  ]
  io.stdout.write(`${lines.join('\n')}\n`)
}

/** Waits for Ctrl-C, or for a process that ends by itself, which is an error. */
async function watch(processes: readonly ServiceProcess[], io: Io): Promise<number> {
  const stopped = new Promise<undefined>((resolve) => {
    if (io.signal.aborted) resolve(undefined)
    io.signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  const first = await Promise.race([
    stopped,
    ...processes.map(async (service) => {
      await service.process.exited
      return service
    }),
  ])
  if (first === undefined || io.signal.aborted) return 0
  throw new OperatorError(
    `${first.name} stopped by itself: ${first.lastWords()}`,
    `All it said is in ${first.logFile}.`,
  )
}

/** The same command in the background, in a session of its own; returns when it is ready, or with its failure. */
async function detached(paths: StackPaths, args: Parsed, io: Io): Promise<number> {
  const running = await readStack(paths)
  if (running) return alreadyRunning(running)
  await mkdir(paths.logs, { recursive: true })
  const logFile = join(paths.logs, 'up.log')
  const log = openSync(logFile, 'w', 0o600)
  const pass = process.argv.slice(3).filter((arg) => arg !== '--detach' && arg !== '--json')
  const child = spawn(process.execPath, [process.argv[1] ?? '', 'up', ...pass, '--json'], {
    cwd: io.cwd,
    env: io.env,
    detached: true,
    stdio: ['ignore', log, log],
  })
  const progress = new Progress(io, { quiet: args.flag('json') })
  const state = await progress.step('Starting in the background', async () => {
    for (;;) {
      if (io.signal.aborted && child.pid) process.kill(child.pid, 'SIGTERM')
      const now = await readStack(paths)
      if (now?.pid === child.pid && now?.urls && (now.spoke !== undefined || args.flag('no-spoke')))
        return now
      if (child.exitCode !== null || !isAlive(child.pid ?? 0)) return undefined
      await sleep(100)
    }
  })
  const { readFile } = await import('node:fs/promises')
  const said = (await readFile(logFile, 'utf8')).trim()
  if (!state)
    throw new OperatorError(
      said
        .split('\n')
        .at(-1)
        ?.replace(/^alkhub: /, '') ?? 'It did not start.',
      `All of it is in ${logFile}.`,
    )
  child.unref()
  const report = await waitForReport(logFile)
  if (args.flag('json')) io.stdout.write(`${report}\n`)
  else {
    const { firstCall: call } = JSON.parse(report) as {
      firstCall: { operationId: string; durationMs: number } | null
    }
    tell(paths, state, call ? { ...call, shown: 'see `./alkhub logs`' } : undefined, args, io)
    io.stdout.write('It runs in the background; `./alkhub down` stops it.\n')
  }
  return 0
}

async function waitForReport(logFile: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  for (let tries = 0; tries < 100; tries += 1) {
    const line = (await readFile(logFile, 'utf8'))
      .split('\n')
      .find((text) => text.startsWith('{"urls"'))
    if (line !== undefined) return line
    await sleep(50)
  }
  throw new OperatorError('The background process runs but told nothing.', `Look into ${logFile}.`)
}
