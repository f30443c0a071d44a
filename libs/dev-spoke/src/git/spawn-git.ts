import { spawn } from 'node:child_process'
import { CodedError } from '@alkdev/errors'

const defaultOutputBytes = 768 * 1024
const timeoutMs = 60_000

export interface GitResult {
  readonly text: string
  /** True when the output was cut at its limit. */
  readonly truncated: boolean
}

export interface GitProcess {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal | undefined
  /** What git reads from its standard input. */
  readonly input?: string
  /** Default 768 KiB. */
  readonly maxOutputBytes?: number
  /** Makes git's own words fit for a caller: no paths of this machine. */
  readonly show: (text: string) => string
}

/** Nothing of the spoke's own environment, and no settings of the user or of the system. */
const bareEnv = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'false',
  GIT_EDITOR: 'false',
  GIT_PAGER: 'cat',
  GIT_SSH_COMMAND: 'false',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_NO_LAZY_FETCH: '1',
  GIT_LITERAL_PATHSPECS: '0',
} as const

/** Runs git for a minute at most. Throws CodedError: EXECUTION_ERROR with git's own last line, UNAVAILABLE (outcome unknown) when another program killed it, TIMEOUT; or the signal's reason. */
export function spawnGit(options: GitProcess): Promise<GitResult> {
  const { signal, maxOutputBytes = defaultOutputBytes } = options
  const { promise, resolve, reject } = Promise.withResolvers<GitResult>()
  const child = spawn('git', [...options.args], {
    cwd: options.cwd,
    env: { ...bareEnv, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    killSignal: 'SIGKILL',
  })
  // Git may end before it has read everything.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const chunks: Buffer[] = []
  let kept = 0
  let truncated = false
  let complaint = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const room = maxOutputBytes - kept
    if (chunk.length > room) truncated = true
    if (room > 0) chunks.push(chunk.subarray(0, room))
    kept += Math.min(chunk.length, Math.max(0, room))
  })
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000)
  })
  child.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      reject(new CodedError('EXECUTION_ERROR', 'git is not installed where the spoke runs.'))
    else if (signal?.aborted) reject(signal.reason as Error)
    else if (error.name === 'AbortError')
      reject(new CodedError('TIMEOUT', `git did not finish in ${timeoutMs / 1000} s.`))
    else reject(new CodedError('EXECUTION_ERROR', 'git could not be started.', { cause: error }))
  })
  child.once('close', (code, killedBy) => {
    // It has not answered, so no caller may take it for an answer such as "there is no such commit".
    if (killedBy !== null)
      return reject(
        new CodedError('UNAVAILABLE', `git was ended by ${killedBy} before it was done.`, {
          details: { outcome: 'unknown' },
        }),
      )
    if (code === 0) return resolve({ text: Buffer.concat(chunks).toString('utf8'), truncated })
    const line = complaint.trim().split('\n').at(-1) ?? ''
    reject(new CodedError('EXECUTION_ERROR', options.show(line).slice(0, 500) || 'git failed.'))
  })
  return promise
}
