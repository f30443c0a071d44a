import type { SpokeAttachment } from '@alkdev/bus'
import type { CoordCheckRun } from '@alkdev/contracts/agents'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact, storableText, uuidv7 } from '@alkdev/std'
import { endCheck, startCheck } from '@alkdev/storage/coordination'
import type { CheckEnd } from '@alkdev/storage/coordination'

/** Characters of the end of the output of a check that are kept. */
const MAX_OUTPUT = 8192
const DEFAULT_TIMEOUT_MS = 600_000
/** Milliseconds that the call of a check has beyond the time of its command. */
const SLACK_MS = 10_000

/** Checks of a claim, and where and for whom they run. */
export interface ChecksToRun {
  /** For whom the runs are stored; without it they are not. */
  readonly record:
    | { readonly taskId: string; readonly sessionId: string; readonly claimToken: number }
    | undefined
  readonly checks: readonly {
    readonly name: string
    readonly command: string
    readonly timeoutMs?: number
  }[]
  readonly head: string | undefined
  /** `dev.<spoke>` and the worktree. */
  readonly prefix: string
  readonly worktree: string | undefined
  /** The attachment of the spoke that runs them. Absent: the one of the moment. */
  readonly attachment?: SpokeAttachment | undefined
  /** When the answer is due, in milliseconds since the epoch. */
  readonly deadline: number
  readonly signal: AbortSignal | undefined
}

/** Runs checks one after the other at the spoke, until one does not pass; each run for a claim is stored before it begins. */
export async function runChecks(
  runtime: Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus'>,
  principal: Identity,
  wanted: ChecksToRun,
): Promise<CoordCheckRun[]> {
  const { db } = runtime
  const runId = uuidv7()
  const runs: CoordCheckRun[] = []
  for (const [idx, { name, command, timeoutMs = DEFAULT_TIMEOUT_MS }] of wanted.checks.entries()) {
    const { record, head } = wanted
    const run = { ...compact({ head }), runId, idx, name, command, timeoutMs }
    // oxlint-disable no-await-in-loop -- one check after the other
    const id = record && (await startCheck(db, { ...record, ...run }))
    const end = await runOne(runtime, principal, wanted, command, timeoutMs)
    if (id !== undefined) await endCheck(db, id, end)
    // oxlint-enable no-await-in-loop
    const { status, exitCode, output, error } = end
    runs.push({
      name,
      status,
      ...compact({
        exitCode: exitCode ?? undefined,
        output: output ?? undefined,
        error: error ?? undefined,
      }),
    })
    if (status !== 'passed') break
  }
  return runs
}

type ShellItem =
  | { readonly stream: string; readonly data: string }
  | { readonly exitCode: number | null; readonly signal: string | null; readonly timedOut: boolean }

async function runOne(
  { bus }: Pick<ServiceRuntime<'coordinator'>, 'bus'>,
  principal: Identity,
  { prefix, worktree, attachment, deadline, signal }: ChecksToRun,
  command: string,
  timeoutMs: number,
): Promise<CheckEnd> {
  // Deadlines have fractions of milliseconds, the input of the spoke has none.
  const time = Math.floor(Math.min(timeoutMs, deadline - Date.now() - SLACK_MS))
  if (time <= 0) return { status: 'timed-out', error: 'No time of the call was left for it.' }
  let output = ''
  try {
    const input = { command, timeoutMs: time, ...compact({ worktree }) }
    const options = {
      principal,
      timeoutMs: time + SLACK_MS,
      idleTimeoutMs: time + SLACK_MS,
      ...compact({ signal, attachment }),
    }
    for await (const { envelope } of bus.subscribe(`${prefix}.shell.run`, input, options)) {
      const item = envelope.data as ShellItem
      if ('data' in item) output = `${output}${item.data}`.slice(-MAX_OUTPUT)
      else {
        const { exitCode, timedOut } = item
        const text = { exitCode, output: storableText(output) }
        if (timedOut) return { ...text, status: 'timed-out' }
        return { ...text, status: exitCode === 0 ? 'passed' : 'failed' }
      }
    }
    return { status: 'lost', output: storableText(output), error: 'It ended without an exit code.' }
  } catch (thrown) {
    if (signal?.aborted === true) throw thrown
    const { code, message } = CallError.from(thrown)
    return {
      status: 'lost',
      output: storableText(output),
      error: storableText(`${code}: ${message}`),
    }
  }
}
