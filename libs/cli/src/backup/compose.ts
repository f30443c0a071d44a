import { execFile, spawn } from 'node:child_process'
import { access, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'

const run = promisify(execFile)
const MAX_SAID_BYTES = 8192
const MAX_BUILD_BYTES = 64 * 1024 * 1024
/** As docker-compose.yml names it. */
const IMAGE = 'alkhub:local'

/** Runs Compose in the folder of a clone. */
export interface Compose {
  readonly root: string
  readonly command: readonly string[]
}

/** `docker compose`, or `docker-compose` where there is no version 2. Throws OperatorError when there is neither. */
export async function findCompose(root: string): Promise<Compose> {
  for (const command of [['docker', 'compose'], ['docker-compose']] as const) {
    const [file, ...args] = command
    const works = await run(file, [...args, 'version'], { cwd: root, timeout: 30_000 }).then(
      () => true,
      () => false,
    )
    if (works) return { root, command }
  }
  throw new OperatorError(
    'Neither `docker compose` nor `docker-compose` works here.',
    'Install Docker with Compose, or run this on the machine of the containers.',
  )
}

/** Throws OperatorError unless PostgreSQL of the clone has a container: without one, a program of the image would only see new, empty volumes. */
export async function requireContainers({ root, command }: Compose): Promise<void> {
  const ids = await runOf({ root, command }, ['ps', '-q', 'postgres'], 30_000)
  if (ids.trim() !== '') return
  throw new OperatorError(
    'PostgreSQL of docker-compose.yml has no container here.',
    'Start it with `docker compose up --detach`, or leave out --compose for the stack of `alkhub up`.',
  )
}

/** Builds the image of the services when this machine has none: version 1 of Compose writes what a build says into the output of the program. */
export async function requireImage(compose: Compose, signal: AbortSignal): Promise<void> {
  const isThere = await run('docker', ['image', 'inspect', IMAGE], {
    timeout: 30_000,
    signal,
  }).then(
    () => true,
    // Without that program, Compose decides by itself.
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
  signal.throwIfAborted()
  if (!isThere) await runOf(compose, ['build', 'migrate'], 0, signal)
}

/** The standard output of Compose. Throws OperatorError with the last line of its standard error. `timeoutMs` 0: without a limit. */
async function runOf(
  { root, command: [file = '', ...args] }: Compose,
  more: readonly string[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string> {
  try {
    const options = { cwd: root, timeout: timeoutMs, maxBuffer: MAX_BUILD_BYTES }
    const { stdout } = await run(file, [...args, ...more], { ...options, ...compact({ signal }) })
    return stdout
  } catch (error) {
    signal?.throwIfAborted()
    const { stderr = '' } = error as { readonly stderr?: string }
    throw new OperatorError(lastLine(stderr), 'Correct what it names, and try again.', {
      cause: error,
    })
  }
}

/** The folder of the secrets that `.env` of the clone names, else `secrets`; undefined when it is not there: the secrets are in a volume. */
export async function secretsFolder(root: string): Promise<string | undefined> {
  const text = await readFile(resolve(root, '.env'), 'utf8').catch(() => '')
  const [, named] = /^ALKHUB_SECRETS=(.+)$/m.exec(text) ?? []
  if (named !== undefined) return resolve(root, named.trim())
  const folder = resolve(root, 'secrets')
  return access(folder).then(
    () => folder,
    () => undefined,
  )
}

interface RunOptions {
  /** Arguments of `docker compose run` before the service. */
  readonly flags: readonly string[]
  readonly service: 'init' | 'migrate'
  /** The program of the image and its arguments. */
  readonly program: readonly string[]
  readonly input?: AsyncIterable<Buffer>
  readonly signal: AbortSignal
}

/**
 * Runs a program of the image in a container of its own with the volumes and secrets of a service, gives it the input, and its output to `read`. Rejects
 * with an OperatorError that has the last line of its standard error when it fails.
 */
export async function inContainer<T>(
  { root, command }: Compose,
  { flags, service, program, input, signal }: RunOptions,
  read: (output: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  const [file = '', ...args] = command
  const child = spawn(file, [...args, 'run', '--rm', '-T', ...flags, service, 'node', ...program], {
    cwd: root,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-MAX_SAID_BYTES)
  })
  const onAbort = (): void => void child.kill('SIGTERM')
  signal.addEventListener('abort', onAbort, { once: true })
  const ended = new Promise<number>((done) => {
    child.once('error', () => done(127))
    child.once('close', (code) => done(code ?? 1))
  })
  const { stdin, stdout } = child
  // When the program fails, its standard error says why; that its input or output ended early does not.
  const feeding =
    input === undefined || stdin === null
      ? Promise.resolve()
      : pipeline(input, stdin, { signal }).catch((error: unknown) => error)
  try {
    const reading = await read((stdout ?? []) as AsyncIterable<Buffer>).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    if ('error' in reading) child.kill('SIGTERM')
    const fed = await feeding
    const code = await ended
    signal.throwIfAborted()
    if (fed instanceof OperatorError) throw fed
    if (code !== 0 && !('error' in reading && isOfDisk(reading.error)))
      throw new OperatorError(lastLine(said), 'Correct what it names, and try again.')
    if ('error' in reading) throw reading.error
    return reading.value
  } finally {
    signal.removeEventListener('abort', onAbort)
    child.kill('SIGTERM')
  }
}

/** True for an error of the file that is written, which is the reason that the program was ended. */
function isOfDisk(error: unknown): boolean {
  return error instanceof OperatorError && error.cause instanceof Error && 'syscall' in error.cause
}

function lastLine(said: string): string {
  const line = said.trim().split('\n').at(-1) ?? ''
  return line === '' ? 'The container ended without a word.' : line
}
