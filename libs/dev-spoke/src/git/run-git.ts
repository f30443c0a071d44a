import { spawn } from 'node:child_process'
import { CallError } from '@alkdev/operations'

const maxOutputBytes = 768 * 1024
const timeoutMs = 60_000

/** Nothing that a repository brings is run: no hooks, no fsmonitor, no external diff, no pager, no prompt. */
const safe = [
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'diff.external='],
  ...['-c', 'core.pager=cat', '-c', 'protocol.ext.allow=never', '-c', 'submodule.recurse=false'],
  ...['-c', 'core.sshCommand=/bin/false', '--no-pager', '--no-optional-locks'],
]

export interface GitResult {
  readonly text: string
  /** True when the output was cut at 768 KiB. */
  readonly truncated: boolean
}

/** Runs git in a folder, for a minute at most. Throws CallError: EXECUTION_ERROR with git's own last line, TIMEOUT, ABORTED. */
export function runGit(
  cwd: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<GitResult> {
  const { promise, resolve, reject } = Promise.withResolvers<GitResult>()
  const child = spawn('git', [...safe, ...args], {
    cwd,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CEILING_DIRECTORIES: '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    killSignal: 'SIGKILL',
  })
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
      reject(new CallError('EXECUTION_ERROR', 'git is not installed where the spoke runs.'))
    else if (signal?.aborted) reject(signal.reason as Error)
    else if (error.name === 'AbortError')
      reject(new CallError('TIMEOUT', `git did not finish in ${timeoutMs / 1000} s.`))
    else reject(new CallError('EXECUTION_ERROR', 'git could not be started.', { cause: error }))
  })
  child.once('close', (code) => {
    if (code === 0) resolve({ text: Buffer.concat(chunks).toString('utf8'), truncated })
    else
      reject(
        new CallError(
          'EXECUTION_ERROR',
          complaint.replaceAll(cwd, '.').trim().split('\n').at(-1) || 'git failed.',
        ),
      )
  })
  return promise
}
