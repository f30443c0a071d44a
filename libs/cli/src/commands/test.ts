import { spawn } from 'node:child_process'
import { glob } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import type { Command, Io } from '../command.ts'
import { UsageError } from '../failure.ts'
import { findRedis } from '../servers/redis-binary.ts'
import { repositoryRoot } from '../stack/paths.ts'

interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

interface Outcome {
  readonly code: number
  readonly totals: Totals
}

const NONE: Totals = { passed: 0, failed: 0, skipped: 0 }
/** Characters kept of the end of the output of Node's test runner; its totals are the last lines. */
const KEPT_CHARACTERS = 65_536

/** Every test: vitest (with PostgreSQL and Redis of its own), then the boot smokes under Node's runner. */
export const test: Command = {
  usage: '[filter ...]',
  summary:
    'Runs the tests whose path contains one of the filters, or all, and starts the servers that they need.',
  flags: {
    shard: {
      type: 'string',
      value: 'N/M',
      summary: 'Run part N of M; every test is in exactly one part.',
    },
  },
  maxPositionals: 100,
  async run(args, io) {
    const root = repositoryRoot()
    const filters = args.positionals
    const shard = shardOf(args.text('shard'))
    const files = await matchingFiles(root, filters)
    if (files.length === 0)
      throw new OperatorError(
        `No test file has ${filters.map((filter) => `\`${filter}\``).join(' or ')} in its path.`,
        'Give a part of a path, such as `libs/bus` or `keys.test`.',
      )
    // Before the run, so that a missing server is one sentence and not a hundred failures.
    if (files.some(needsRedis)) await findRedis((sentence) => io.stderr.write(`${sentence} ...\n`))
    const vitest = await runVitest(root, [...filters, ...(shard ? [`--shard=${shard}`] : [])], io)
    // The smokes belong to the first part.
    const smoked =
      filters.length === 0 && (shard === undefined || shard.startsWith('1/')) && !io.signal.aborted
    const smoke = smoked ? await runSmoke(root, io) : { code: 0, totals: NONE }
    const sum = (key: keyof Totals): number => vitest.totals[key] + smoke.totals[key]
    io.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`)
    return vitest.code !== 0 || smoke.code !== 0 || sum('failed') > 0 || sum('passed') === 0 ? 1 : 0
  },
}

/** `N/M` as vitest takes it; another text is a UsageError. */
export function shardOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const [, index, count] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/u.exec(text) ?? []
  if (index === undefined || Number(index) > Number(count))
    throw new UsageError(
      `--shard does not take \`${text}\`.`,
      'Give N/M with N from 1 to M, such as `1/3`.',
    )
  return text
}

/** Test files by vitest's rule for filters: a part of the path. */
async function matchingFiles(root: string, filters: readonly string[]): Promise<string[]> {
  const files = await Array.fromAsync(
    glob('{libs,services,apps,test,scripts,bench}/**/*.test.ts', {
      cwd: root,
      exclude: (path) => path.endsWith('node_modules') || path.endsWith('.types'),
    }),
  )
  if (filters.length === 0) return files
  return files.filter((file) => filters.some((filter) => `${root}/${file}`.includes(filter)))
}

/** Names say what a test needs: `.pg` PostgreSQL (its set-up starts Redis too), `.redis` Redis, `.e2e` the whole stack. */
function needsRedis(file: string): boolean {
  return /\.(?:pg|redis|e2e)\.test\.ts$/u.test(file)
}

async function runVitest(root: string, args: readonly string[], io: Io): Promise<Outcome> {
  const entry = import.meta.resolve('vitest/package.json').replace('package.json', 'vitest.mjs')
  const { code, message } = await run(root, [new URL(entry).pathname, 'run', ...args], io)
  return isTotals(message) ? { code, totals: message } : { code: code || 1, totals: NONE }
}

async function runSmoke(root: string, io: Io): Promise<Outcome> {
  const { code, text } = await run(root, ['--test', 'test/src/smoke/*.smoke.ts'], io)
  const total = (name: string): number =>
    Number(new RegExp(`^(?:ℹ|#) ${name} (\\d+)`, 'mu').exec(text)?.[1] ?? 0)
  return {
    code,
    totals: {
      passed: total('pass'),
      failed: total('fail'),
      skipped: total('skipped') + total('todo'),
    },
  }
}

function isTotals(message: unknown): message is Totals {
  return typeof message === 'object' && message !== null && 'passed' in message
}

/** Runs Node with the arguments, shows what it prints, and keeps the end of it and the last message of its IPC channel. */
function run(
  root: string,
  args: readonly string[],
  io: Io,
): Promise<{ code: number; text: string; message: unknown }> {
  const colour = io.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1', FORCE_COLOR: undefined }
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...io.env, NODE_ENV: 'test', ...colour },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    let text = ''
    let message: unknown
    child.stdout?.setEncoding('utf8')
    child.stdout?.on('data', (chunk: string) => {
      io.stdout.write(chunk)
      text = (text + chunk).slice(-KEPT_CHARACTERS)
    })
    child.on('message', (value) => (message = value))
    const stop = (): void => void child.kill('SIGTERM')
    io.signal.addEventListener('abort', stop, { once: true })
    child.once('close', (code) => {
      io.signal.removeEventListener('abort', stop)
      resolve({ code: code ?? 1, text, message })
    })
  })
}
