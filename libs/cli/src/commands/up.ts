import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { sleep } from '@alkdev/std'
import type { Command, Io, Parsed } from '../command.ts'
import { Progress } from '../progress.ts'
import { firstCall } from '../stack/first-call.ts'
import type { FirstCall } from '../stack/first-call.ts'
import { readStack, releaseLock, takeLock, writeState } from '../stack/lock.ts'
import type { StackReport, StackState } from '../stack/lock.ts'
import { stackPaths } from '../stack/paths.ts'
import type { StackPaths } from '../stack/paths.ts'
import type { ServiceProcess } from '../stack/service-process.ts'
import { startSpoke } from '../stack/start-spoke.ts'
import { startStack } from '../stack/start-stack.ts'
import type { StackOptions } from '../stack/start-stack.ts'

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
  const options = stackOptions(args)
  const lock = await takeLock(paths)
  if (!lock.taken) return alreadyRunning(lock.state)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => releaseLock(paths))
  stack.defer(() => {
    if (!args.flag('json') && io.stderr.isTTY) io.stderr.write('\r  Stopped.\n')
  })
  const progress = new Progress(io, { quiet: args.flag('json') })
  const running = await startStack(paths, options, stack, progress, io)
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
  }
  const report: StackReport = {
    urls: running.urls,
    adminKeyFile: paths.adminKey,
    spoke: spoke ?? null,
    firstCall: call ? { operationId: call.operationId, durationMs: call.durationMs } : null,
  }
  await writeState(paths, { ...running.state, report })
  tell(report, call?.shown, args, io)
  return await watch(processes, args, io)
}

function stackOptions(args: Parsed): StackOptions {
  const entries = {
    port: args.number('port'),
    listen: args.text('listen'),
    postgresFile: args.text('postgres-file'),
    redisFile: args.text('redis-file'),
  }
  return Object.fromEntries(
    Object.entries(entries).filter(([, value]) => value !== undefined),
  ) as StackOptions
}

function alreadyRunning(state: StackState): never {
  throw new OperatorError(
    state.report
      ? `The stack of this clone runs already at ${state.report.urls.gateway} (process ${state.pid}).`
      : `The stack of this clone is being started or stopped by process ${state.pid}.`,
    'Use it, or stop it with `./alkhub down`.',
  )
}

/** Prints what a person, or a program under --json, needs to go on. */
function tell(report: StackReport, shown: string | undefined, args: Parsed, io: Io): void {
  if (args.flag('json')) {
    io.stdout.write(`${JSON.stringify(report)}\n`)
    return
  }
  const { urls, spoke, firstCall: call } = report
  const answered = call && `${call.operationId} answered in ${call.durationMs.toFixed(1)} ms`
  const lines = [
    ...(answered ? ['', shown === undefined ? `${answered}.` : `${answered}: ${shown}`] : []),
    '',
    `  gateway    ${urls.gateway}`,
    `  docs       ${urls.gateway}/docs`,
    `  spokes     ${urls.spokes}`,
    `  inference  ${urls.inference}`,
    `  mcp        ${urls.mcp}`,
    `  admin key  ${report.adminKeyFile}`,
    '',
    spoke === null
      ? 'Try: ./alkhub ops'
      : `Try: ./alkhub call dev.${spoke}.fs.read '{"path":"README.md"}'`,
    args.flag('detach')
      ? 'It runs in the background; `./alkhub down` stops it.'
      : 'Ctrl-C stops everything.',
  ]
  io.stdout.write(`${lines.join('\n')}\n`)
}

/** Waits for Ctrl-C, or for a process that ends by itself, which is an error. */
async function watch(processes: readonly ServiceProcess[], args: Parsed, io: Io): Promise<number> {
  const { promise: stopped, resolve } = Promise.withResolvers<undefined>()
  io.signal.addEventListener('abort', () => resolve(undefined), { once: true })
  if (io.signal.aborted) resolve(undefined)
  const first = await Promise.race([
    stopped,
    ...processes.map(async (service) => {
      await service.process.exited
      return service
    }),
  ])
  if (first !== undefined && !io.signal.aborted)
    throw new OperatorError(
      `${first.name} stopped by itself: ${first.lastWords()}`,
      `All it said is in ${first.logFile}.`,
    )
  if (!args.flag('json') && io.stderr.isTTY) io.stderr.write('\n  Stopping ...')
  return 0
}

/** The same command in the background, in a session of its own; returns when it is ready, or with its failure. */
async function detached(paths: StackPaths, args: Parsed, io: Io): Promise<number> {
  stackOptions(args)
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
  const end = { seen: false }
  child.once('exit', () => (end.seen = true))
  const onAbort = (): void => void child.kill('SIGTERM')
  io.signal.addEventListener('abort', onAbort, { once: true })
  const progress = new Progress(io, { quiet: args.flag('json') })
  const report = await progress.step('Starting in the background', async () => {
    while (!end.seen) {
      const now = await readStack(paths)
      if (now?.pid === child.pid && now?.report) return now.report
      await sleep(50)
    }
    const said = (await readFile(logFile, 'utf8')).trim().replace(/^alkhub: /m, '')
    throw new OperatorError(
      said === '' ? `It was stopped while starting; see ${logFile}.` : said,
      '',
    )
  })
  child.unref()
  tell(report, undefined, args, io)
  return 0
}
