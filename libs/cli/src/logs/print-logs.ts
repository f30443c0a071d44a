import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import { didYouMean, sleep } from '@alkdev/std'
import type { Io } from '../command.ts'
import { hasLevel } from './log-line.ts'
import type { LogLevel, LogLine } from './log-line.ts'
import { LogReader } from './log-reader.ts'
import { mergeByTime } from './merge-by-time.ts'
import { lineJson, lineText } from './show-line.ts'
import { startReaders } from './start-readers.ts'

/** Milliseconds between two readings of new lines. */
const FOLLOW_MS = 250
/** Output of builds and of starts in the background: their lines have no time. */
const WITHOUT_TIMES: ReadonlySet<string> = new Set(['up', 'console', 'sdk', 'bundles'])

export interface LogsOptions {
  /** Holds `NAME.log` and `NAME.log.1` of each process. */
  readonly folder: string
  /** Names of logs; empty: those of all processes. */
  readonly named: readonly string[]
  /** How many of the last lines of all logs together; undefined: all. */
  readonly lines: number | undefined
  /** Milliseconds since 1970. */
  readonly since: number | undefined
  readonly level: LogLevel | undefined
  /** Continue with new lines until the signal of `io` is aborted. */
  readonly follow: boolean
  readonly json: boolean
  /** Add the stacks of errors. */
  readonly stack: boolean
}

/** Prints lines of the logs in a folder, merged by time. Throws an OperatorError when there are no logs, or none of a name. */
export async function printLogs(options: LogsOptions, io: Io): Promise<void> {
  const { folder, named, lines, since, level, follow } = options
  const names = await chosenLogs(folder, named)
  const isWanted = (line: LogLine): boolean =>
    hasLevel(line, level) && (since === undefined || (line.time ?? 0) >= since)
  const show = printer(options, io)
  await using stack = new AsyncDisposableStack()
  const open = async (name: string): Promise<LogReader> =>
    stack.use(await LogReader.open(folder, name, { follow }))
  const readers = await Promise.all(names.map((name) => open(name)))
  await startReaders(readers, { lines, since, isWanted })
  const printNew = async (): Promise<void> => {
    const width = Math.max(...readers.map(({ name }) => name.length))
    for await (const line of mergeByTime(readers.map((reader) => reader.lines()))) {
      if (io.signal.aborted) return
      if (isWanted(line)) await show(line, width)
    }
  }
  await printNew()
  if (!follow) return
  while (!io.signal.aborted) {
    await sleep(FOLLOW_MS, io.signal).catch(() => undefined)
    // Processes that had no log before.
    const now = named.length > 0 ? [] : processLogs(await logNames(folder))
    for (const name of now.filter((one) => readers.every((reader) => reader.name !== one))) {
      const reader = await open(name)
      reader.startAtBeginning()
      readers.push(reader)
    }
    await printNew()
  }
}

/** Prints a line; waits while the reader of the output is slower. */
function printer(
  { json, stack }: LogsOptions,
  io: Io,
): (line: LogLine, sourceWidth: number) => Promise<void> {
  const colours = io.stdout.isTTY && !io.env['NO_COLOR']
  return async (line, sourceWidth) => {
    const style = { colours, stack, sourceWidth, now: new Date() }
    const text = json ? lineJson(line) : lineText(line, style)
    if (!io.stdout.write(`${text}\n`))
      await once(io.stdout, 'drain', { signal: io.signal }).catch(() => undefined)
  }
}

async function logNames(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder).catch(() => [])
  return found
    .filter((name) => name.endsWith('.log'))
    .map((name) => name.slice(0, -'.log'.length))
    .toSorted()
}

function processLogs(names: readonly string[]): readonly string[] {
  return names.filter((name) => !WITHOUT_TIMES.has(name))
}

/** The named logs, else those of all processes, else what there is. */
async function chosenLogs(folder: string, named: readonly string[]): Promise<readonly string[]> {
  const names = await logNames(folder)
  if (names.length === 0)
    throw new OperatorError(
      'There are no logs in this clone yet.',
      'Start the stack with `./alkhub up`.',
    )
  const missing = named.find((name) => !names.includes(name))
  if (missing !== undefined)
    throw new OperatorError(
      `There is no log of \`${missing}\`.${didYouMean(missing, names)}`,
      `There are: ${names.join(', ')}.`,
    )
  if (named.length > 0) return named
  const all = processLogs(names)
  return all.length > 0 ? all : names
}
