import { spawn } from 'node:child_process'
import { glob } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import type { Command, Io } from '../command.ts'
import { UsageError } from '../failure.ts'
import { findPostgresBinaries } from '../servers/postgres-binaries.ts'
import { findRedis } from '../servers/redis-binary.ts'
import { repositoryRoot } from '../stack/paths.ts'
import { filesToRepeat, passedOrFailed, sumOf, withRepetition } from './test/repeat-files.ts'
import type { Outcome, RunTotals } from './test/repeat-files.ts'
import { PartTimes } from './test/part-times.ts'

const NONE: RunTotals = { passed: 0, failed: 0, skipped: 0 }
/** Tells `vitest.config.ts` that another run goes on at the same time. */
const SIDE_BY_SIDE = 'ALKHUB_TEST_SIDE_BY_SIDE'
/** Of `vitest.config.ts`: those whose tests start the whole stack. */
const STACK_PROJECTS = ['kills', 'e2e']
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
    if (files.some(needsServers)) {
      await findRedis((sentence) => io.stderr.write(`${sentence} ...\n`))
      // Two runs at once would both copy the programs where the user of PostgreSQL can't reach them.
      await findPostgresBinaries()
    }
    const part = shard ? [`--shard=${shard}`] : []
    const outcomes =
      filters.length > 0
        ? [await runVitest(root, [...filters, ...part], io)]
        : await runSideBySide(root, part, io)
    const last = filters.length > 0 ? outcomes : await repeatFailedFiles(root, outcomes, io)
    const { passed, failed, skipped } = sumOf(last)
    io.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
    return passedOrFailed(last)
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

/**
 * Everything, in two runs of vitest at the same time: the tests of the whole stack wait for most of their time, and the others use the
 * processors meanwhile. The smokes follow the others; they belong to the first part.
 */
async function runSideBySide(root: string, part: readonly string[], io: Io): Promise<Outcome[]> {
  const projects = (prefix: string): string[] =>
    STACK_PROJECTS.map((name) => `--project=${prefix}${name}`)
  const beside = { ...io, env: { ...io.env, [SIDE_BY_SIDE]: '1' } }
  const times = new PartTimes()
  const ofStack = times.measure(
    'kills and end-to-end tests',
    runVitest(root, [...projects(''), ...part], beside),
  )
  const others = await times.measure(
    'other tests',
    runVitest(root, [...projects('!'), ...part], beside),
  )
  const smoked = part.every((shard) => shard.startsWith('--shard=1/')) && !io.signal.aborted
  const smoke = smoked ? [await times.measure('smokes', runSmoke(root, io))] : []
  const outcomes = [others, ...smoke, await ofStack]
  io.stdout.write(`\n${times.line()}`)
  return outcomes
}

/**
 * Runs the few files that failed once more, whole, one after the other and with nothing beside them, and says so. A second try of one test is no help when the
 * first one left the servers of its file in another state.
 */
async function repeatFailedFiles(
  root: string,
  outcomes: readonly Outcome[],
  io: Io,
): Promise<readonly Outcome[]> {
  const files = filesToRepeat(outcomes)
  if (files.length === 0 || io.signal.aborted) return outcomes
  const list = files.map(({ path }) => `  ${path}\n`).join('')
  io.stdout.write(`\nFailed, and run again as whole files, one at a time:\n${list}\n`)
  const paths = files.map(({ path }) => path)
  const repetition = await runVitest(root, [...paths, '--maxWorkers=1'], io)
  if (repetition.code === 0)
    io.stdout.write(
      `\nPassed only when they ran again (${files.length} ${files.length === 1 ? 'file' : 'files'}; the errors of the first run are above):\n${list}\n`,
    )
  return withRepetition(outcomes, files, repetition)
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
function needsServers(file: string): boolean {
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

function isTotals(message: unknown): message is RunTotals {
  return typeof message === 'object' && message !== null && 'passed' in message
}

/** Runs Node with the arguments, shows what it prints, whole lines at a time, and keeps the end of it and the last message of its IPC channel. */
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
    let shown = ''
    let message: unknown
    child.stdout?.setEncoding('utf8')
    child.stdout?.on('data', (chunk: string) => {
      text = (text + chunk).slice(-KEPT_CHARACTERS)
      shown += chunk
      // Two of them may print at the same time.
      const end = shown.length > KEPT_CHARACTERS ? shown.length : shown.lastIndexOf('\n') + 1
      io.stdout.write(shown.slice(0, end))
      shown = shown.slice(end)
    })
    child.on('message', (value) => (message = value))
    const stop = (): void => void child.kill('SIGTERM')
    io.signal.addEventListener('abort', stop, { once: true })
    child.once('close', (code) => {
      io.signal.removeEventListener('abort', stop)
      io.stdout.write(shown)
      resolve({ code: code ?? 1, text, message })
    })
  })
}
