import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fstatSync, openSync } from 'node:fs'
import { mkdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { sleep } from '@alkdev/std'
import type { Command, Io, Parsed } from '../command.ts'
import { consoleLink } from '../hub/console-link.ts'
import { HubClient } from '../hub/hub-client.ts'
import { readKeyFile } from '../hub/hub-target.ts'
import { firstLine } from '../failure.ts'
import { logLine } from '../logs/log-line.ts'
import type { LogLevel } from '../logs/log-line.ts'
import { Progress } from '../progress.ts'
import { say, sayJson } from '../say.ts'
import { BackgroundLog } from '../stack/background-log.ts'
import { buildConsole, buildLibraries } from '../stack/background-build.ts'
import { entries, openPrograms } from '../stack/entry-of.ts'
import { firstCall } from '../stack/first-call.ts'
import type { FirstCall } from '../stack/first-call.ts'
import { removeLeftRestores } from '../backup/left-restores.ts'
import { readStack, releaseLock, takeLock, writeState } from '../stack/lock.ts'
import type { StackReport, StackState } from '../stack/lock.ts'
import { LogFile } from '../stack/log-file.ts'
import { stackPaths } from '../stack/paths.ts'
import type { StackPaths } from '../stack/paths.ts'
import { killedWords, processWords } from '../stack/process-words.ts'
import { readyWords } from '../stack/ready-words.ts'
import { startScriptedProvider } from '../stack/scripted-provider.ts'
import { startSpoke } from '../stack/start-spoke.ts'
import { startStack } from '../stack/start-stack.ts'
import type { StackOptions } from '../stack/start-stack.ts'
import { Supervisor } from '../stack/supervisor.ts'

const MAX_UP_LOG_BYTES = 10 * 1024 * 1024
/** Levels of the lines that say what happened to a process, by its state since then. */
const EVENT_LEVELS = { running: 'info', waiting: 'warn', failing: 'error' } as const

export const up: Command = {
  usage: '[options]',
  summary:
    'Starts PostgreSQL, Redis, the five services and a dev spoke on the current folder, and makes one real call through all of it.\nA process that exits is restarted. Stays in the foreground; Ctrl-C stops everything.',
  flags: {
    detach: {
      type: 'boolean',
      summary: 'Return when everything is ready; `alkhub down` stops it.',
    },
    port: {
      type: 'string',
      value: 'N',
      summary:
        'Port of the gateway; the other services take the next four (default: those of the last start, at first 3000).',
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
      summary:
        'Let the dev spoke offer shell.run, which runs any command with the rights of this user.',
    },
  },
  async run(args, io) {
    const paths = stackPaths()
    return args.flag('detach') ? detached(paths, args, io) : foreground(paths, args, io)
  },
}

async function foreground(paths: StackPaths, args: Parsed, io: Io): Promise<number> {
  const options = stackOptions(args)
  await mkdir(paths.logs, { recursive: true })
  const lock = await takeLock(paths)
  if (!lock.taken) return alreadyRunning(lock.state)
  await removeLeftRestores(paths.home).catch(() => undefined)
  const log = new LogFile(join(paths.logs, 'stack.log'))
  const record = (level: LogLevel, message: string): void => log.write(logLine(level, message))
  for (const line of lock.killed ? killedWords(lock.killed).split('\n') : []) record('warn', line)
  record('info', `process ${process.pid} starts the stack`)
  try {
    return await runStack(paths, options, record, args, io)
  } catch (error) {
    if (!io.signal.aborted) record('error', `the stack did not start: ${firstLine(error)}`)
    throw error
  } finally {
    const reason = io.signal.aborted ? ` by ${firstLine(io.signal.reason)}` : ''
    record('info', `the stack was stopped${reason}`)
  }
}

async function runStack(
  paths: StackPaths,
  options: StackOptions,
  record: (level: LogLevel, message: string) => void,
  args: Parsed,
  io: Io,
): Promise<number> {
  await using stack = new AsyncDisposableStack()
  stack.defer(() => releaseLock(paths))
  stack.defer(() => {
    if (!args.flag('json') && io.stderr.isTTY) io.stderr.write('\r  Stopped.\n')
  })
  const supervisor = stack.use(new Supervisor())
  const progress = new Progress(io, { quiet: args.flag('json') })
  const consoleBuild = stack.use(buildConsole(paths))
  const programs = stack.use(openPrograms(paths))
  const running = await startStack(paths, options, supervisor, progress, programs, io)
  const scripted = startScriptedProvider(paths, running.urls, io.signal).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : 'an unknown fault.'
    progress.note(`The scripted model was not started: ${why}`)
    return undefined
  })
  stack.defer(async () => (await scripted)?.[Symbol.asyncDispose]())
  let spoke: string | undefined
  let call: FirstCall | undefined
  if (!args.flag('no-spoke')) {
    const name = await progress.step('Dev spoke', () =>
      startSpoke(paths, io, running, args.flag('allow-shell'), supervisor),
    )
    spoke = name
    call = await progress.step('First call', () => firstCall(paths, running.urls, name, io.signal))
  }
  await scripted
  const report: StackReport = {
    urls: running.urls,
    adminKeyFile: paths.adminKey,
    spoke: spoke ?? null,
    firstCall: call ? { operationId: call.operationId, durationMs: call.durationMs } : null,
  }
  // One write after the other, each with the current state.
  let written = writeState(paths, { ...running.state(), report })
  await written
  supervisor.watch({
    onChange: (process) => {
      const words = processWords(process.name, process.state)
      if (words !== undefined) {
        say(io.stderr, `alkhub: ${words}`)
        record(EVENT_LEVELS[process.state.state], words)
      }
      written = written.then(() => writeState(paths, { ...running.state(), report })).catch(noop)
    },
  })
  stack.defer(() => written)
  if (!(await consoleBuild.done) && !io.signal.aborted)
    progress.note(`The console could not be built: ${join(paths.logs, 'console.log')} says why.`)
  record('info', `the stack is ready at ${report.urls.gateway}`)
  await tell(report, call?.shown, args, io)
  await using libraries = buildLibraries(paths)
  const reported = libraries.done.then((built) => {
    const log = join(paths.logs, 'sdk.log')
    if (!built && !io.signal.aborted)
      say(io.stderr, `alkhub: the libraries for /sdk/ could not be built: ${log} says why.`)
  })
  stack.defer(() => reported)
  await untilStopped(io.signal)
  if (!args.flag('json') && io.stderr.isTTY) io.stderr.write('\n  Stopping ...')
  return 0
}

function noop(): void {}

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

/** Prints the addresses and the key file, as text or under --json as data. */
async function tell(
  report: StackReport,
  shown: string | undefined,
  args: Parsed,
  io: Io,
): Promise<void> {
  if (args.flag('json')) {
    sayJson(io.stdout, report)
    return
  }
  const options = {
    shown,
    console: await consoleAddress(report, io),
    detached: args.flag('detach'),
  }
  say(io.stdout, readyWords(report, options, io))
}

/** A link that logs in once; the plain address when there is none now. */
async function consoleAddress({ urls, adminKeyFile }: StackReport, io: Io): Promise<string> {
  try {
    const key = await readKeyFile(adminKeyFile)
    return await consoleLink(new HubClient(urls.gateway, key, io.signal))
  } catch {
    return `${urls.gateway}/console/`
  }
}

async function untilStopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

/** Waits for the report of the stack that runs in the background, and shows its progress meanwhile. */
async function reportOf(
  paths: StackPaths,
  child: ChildProcess,
  end: { readonly seen: boolean },
  said: BackgroundLog,
): Promise<StackReport> {
  for (;;) {
    const ended = end.seen
    await said.read()
    const now = await readStack(paths)
    if (now?.pid === child.pid && now?.report) {
      // What it said between the two readings.
      await said.read()
      return now.report
    }
    if (ended) break
    await sleep(50)
  }
  throw new OperatorError(
    said.failure === '' ? `It was stopped while starting; see ${said.file}.` : said.failure,
    '',
  )
}

/** Starts the same command in the background, in a separate session; returns when it is ready or has failed. */
async function detached(paths: StackPaths, args: Parsed, io: Io): Promise<number> {
  stackOptions(args)
  const running = await readStack(paths)
  if (running) return alreadyRunning(running)
  await mkdir(paths.logs, { recursive: true })
  const logFile = join(paths.logs, 'up.log')
  // Kept over restarts, like the other logs.
  if (((await stat(logFile).catch(() => undefined))?.size ?? 0) > MAX_UP_LOG_BYTES)
    await rename(logFile, `${logFile}.1`)
  const log = openSync(logFile, 'a', 0o600)
  const before = fstatSync(log).size
  const pass = process.argv.slice(3).filter((arg) => arg !== '--detach' && arg !== '--json')
  const child = spawn(process.execPath, [entries(paths)('alkhub'), 'up', ...pass], {
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
  const said = new BackgroundLog(logFile, before, (line) => progress.show(line))
  const report = await reportOf(paths, child, end, said)
  child.unref()
  await tell(report, undefined, args, io)
  return 0
}
