import { execFile, spawn } from 'node:child_process'
import { access, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { OperatorError } from '@alkdev/errors'

const run = promisify(execFile)
const MAX_SAID_BYTES = 8192

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
