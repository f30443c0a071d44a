import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { OperatorError } from '@alkdev/errors'
import type { Io } from '../command.ts'
import type { UnitFile } from './unit-file.ts'

const run = promisify(execFile)
/** Milliseconds for one command; stopping a stack takes ten seconds. */
const COMMAND_MS = 60_000

/** What systemd reports about a unit. */
export interface UnitState {
  /** `enabled`, `disabled`; empty when it does not know the unit. */
  readonly enabled: string
  /** `active`, `inactive`, `failed`, `activating`, `deactivating`. */
  readonly active: string
  /** `running`, `dead`, `auto-restart`, `exited`. */
  readonly sub: string
  readonly pid: number
  /** How often systemd has restarted `alkhub up`. */
  readonly restarts: number
  /** Why it ended: `success`, `exit-code`, `signal`, `oom-kill`, `timeout`. */
  readonly result: string
  /** When it ended last; empty before. */
  readonly endedAt: string
}

/** Runs `systemctl` for the manager of the unit and returns its output. Throws an OperatorError with its message. */
export async function systemctl(
  { isOfSystem }: UnitFile,
  args: readonly string[],
  { env, signal }: Io,
): Promise<string> {
  const all = isOfSystem ? [...args] : ['--user', ...args]
  try {
    const options = { env: { ...env }, signal, timeout: COMMAND_MS }
    return (await run('systemctl', all, options)).stdout
  } catch (cause) {
    const { code, stderr } = cause as { readonly code?: unknown; readonly stderr?: string }
    const said = stderr?.trim().split('\n')[0]?.replace(/\.+$/, '')
    const why = code === 'ENOENT' ? 'there is no such program' : said || 'it gave no reason'
    throw new OperatorError(
      `\`systemctl ${all.join(' ')}\` failed: ${why}.`,
      'Without systemd, print the unit with `./alkhub service install --print`, or use `./alkhub up --detach`.',
      { cause },
    )
  }
}

const PROPERTIES =
  'UnitFileState,ActiveState,SubState,MainPID,NRestarts,Result,ExecMainExitTimestamp'

export async function unitState(unit: UnitFile, io: Io): Promise<UnitState> {
  const text = await systemctl(unit, ['show', unit.name, `--property=${PROPERTIES}`], io)
  const values = new Map(
    text.split('\n').map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)] as const
    }),
  )
  const value = (name: string): string => values.get(name) ?? ''
  return {
    enabled: value('UnitFileState'),
    active: value('ActiveState'),
    sub: value('SubState'),
    pid: Number(value('MainPID')),
    restarts: Number(value('NRestarts')),
    result: value('Result'),
    endedAt: value('ExecMainExitTimestamp'),
  }
}
