import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MUTANTS } from './mutants.ts'
import { mutate } from './mutate.ts'
import type { Mutant } from './mutate.ts'

/**
 * `npm run mutants [WORD ...]`: switches off one rule of the core after the other, in a clone of the last commit, and runs the tests that must
 * fail then. Words choose the mutants whose rule or file contains one of them. Exit 1 when a mutant survives or can't be made.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Milliseconds that the tests of one mutant may take; a rule whose loss makes tests hang counts as noticed. */
const MAX_RUN_MS = 300_000

interface Outcome {
  readonly code: number | undefined
  readonly output: string
}

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stopping.abort(new Error(`stopped by ${signal}`)))

function run(command: string, args: readonly string[], cwd: string): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  const path = [join(cwd, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter)
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, PATH: path, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: MAX_RUN_MS,
    signal: stopping.signal,
  })
  let output = ''
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-20_000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.on('error', reject)
  child.on('close', (code) => resolve({ code: code ?? undefined, output }))
  return promise
}

const testsOf = (clone: string, tests: readonly string[]): Promise<Outcome> =>
  run('vitest', ['run', '--bail', '1', ...tests], clone)

/** True when the tests notice the mutant. The file is as before afterwards. */
async function isNoticed(clone: string, mutant: Mutant): Promise<boolean> {
  const path = join(clone, mutant.file)
  const source = await readFile(path, 'utf8')
  await writeFile(path, mutate(source, mutant))
  try {
    return (await testsOf(clone, mutant.tests)).code !== 0
  } finally {
    await writeFile(path, source)
  }
}

async function main(words: readonly string[]): Promise<number> {
  const chosen = MUTANTS.filter(
    ({ rule, file }) =>
      words.length === 0 || words.some((word) => `${rule} ${file}`.includes(word)),
  )
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-mutants-'))
  const clone = join(folder, 'hub')
  const survivors: Mutant[] = []
  try {
    await run('git', ['clone', '--quiet', root, clone], root)
    const prepared = await run('./alkhub', ['--help'], clone)
    if (prepared.code !== 0) throw new Error(`The clone has no packages: ${prepared.output}`)
    const sets = new Map(chosen.map(({ tests }) => [tests.join(' '), tests]))
    for (const [at, tests] of [...sets.values()].entries()) {
      console.log(`${at + 1}/${sets.size} without a mutant: ${tests.join(' ')}`)
      // oxlint-disable-next-line no-await-in-loop -- one run of the tests at a time
      const { code, output } = await testsOf(clone, tests)
      if (code !== 0) throw new Error(`Without a mutant these fail: ${tests.join(' ')}\n${output}`)
    }
    for (const [at, mutant] of chosen.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- as above
      const noticed = await isNoticed(clone, mutant)
      if (!noticed) survivors.push(mutant)
      console.log(`${at + 1}/${chosen.length} ${noticed ? 'caught  ' : 'SURVIVED'} ${mutant.rule}`)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  console.log(`${chosen.length - survivors.length} caught, ${survivors.length} survived`)
  return survivors.length === 0 && chosen.length > 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
