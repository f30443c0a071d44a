import { spawn } from 'node:child_process'
import { OperatorError } from '@alkdev/errors'
import type { Command, Io } from '../command.ts'
import { findRedis } from '../servers/redis-binary.ts'
import { repositoryRoot } from '../stack/paths.ts'

interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Every test: vitest (with PostgreSQL and Redis of its own), then the boot smokes under Node's runner. */
export const test: Command = {
  usage: '[vitest filter ...]',
  summary: 'Runs every test of the project on servers that it starts itself. Filters go to vitest.',
  flags: {},
  most: 100,
  async run(args, io) {
    const root = repositoryRoot()
    // Before the run, so that a missing server is one sentence and not a hundred failures.
    await findRedis((sentence) => io.stderr.write(`${sentence} ...\n`))
    const filtered = args.positionals.length > 0
    const vitest = await runVitest(root, args.positionals, io)
    const smoke = filtered ? { code: 0, totals: none } : await runSmoke(root, io)
    const sum = (key: keyof Totals): number => vitest.totals[key] + smoke.totals[key]
    io.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`)
    if (sum('passed') === 0) throw new OperatorError('No test ran.', 'Check the filter.')
    return vitest.code !== 0 || smoke.code !== 0 || sum('failed') > 0 ? 1 : 0
  },
}

const none: Totals = { passed: 0, failed: 0, skipped: 0 }

async function runVitest(
  root: string,
  filters: readonly string[],
  io: Io,
): Promise<{ code: number; totals: Totals }> {
  const entry = import.meta.resolve('vitest/package.json').replace('package.json', 'vitest.mjs')
  const { code, text } = await run(root, [new URL(entry).pathname, 'run', ...filters], io)
  const last = /(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(text)
  if (!last) return { code: code || 1, totals: none }
  const [passed = 0, failed = 0, skipped = 0] = last.slice(1).map(Number)
  return { code, totals: { passed, failed, skipped } }
}

async function runSmoke(root: string, io: Io): Promise<{ code: number; totals: Totals }> {
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

/** Runs Node with the arguments, shows what it prints, and keeps the end of it (64 KiB). */
function run(
  root: string,
  args: readonly string[],
  io: Io,
): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...io.env, NODE_ENV: 'test' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (chunk: string) => {
      io.stdout.write(chunk)
      text = (text + chunk).slice(-65_536)
    })
    const stop = (): void => void child.kill('SIGTERM')
    io.signal.addEventListener('abort', stop, { once: true })
    child.once('close', (code) => {
      io.signal.removeEventListener('abort', stop)
      resolve({ code: code ?? 1, text })
    })
  })
}
