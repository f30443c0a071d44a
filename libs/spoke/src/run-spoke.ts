import { CodedError } from '@alkdev/errors'
import type { Attached, SpokeOptions } from './options.ts'
import { attachSpoke } from './spoke.ts'

export interface RunOptions extends SpokeOptions {
  /** Receives the lines for the operator. Default: standard output. */
  readonly print?: (line: string) => void
}

/**
 * The main function of a spoke process: attaches, prints each attach and each loss, and stops in order on SIGINT and SIGTERM. Resolves
 * when it has stopped. When the hub refuses the spoke permanently it prints the reason and a fix, sets the exit code 1, and resolves
 * as well. Throws VALIDATION_ERROR for options that no hub accepts.
 */
export async function runSpoke(options: RunOptions): Promise<void> {
  const { print = (line: string) => console.log(line), ...rest } = options
  const spoke = attachSpoke({
    ...rest,
    onAttached(attached) {
      print(attachedLine(options.name, attached))
      options.onAttached?.(attached)
    },
    onReconnecting(reason, delayMs) {
      print(`Not attached: ${reason} The next try is in ${(delayMs / 1000).toFixed(1)} s.`)
      options.onReconnecting?.(reason, delayMs)
    },
  })
  const onSignal = (): void => void spoke.stop()
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  try {
    await spoke.ended
    print('Stopped.')
  } catch (error) {
    print(finalLine(options.name, CodedError.from(error)))
    process.exitCode = 1
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

function attachedLine(name: string, { operations }: Attached): string {
  const active = operations.filter(({ status }) => status === 'active')
  const refused = operations.filter(({ status }) => status !== 'active')
  const offered = active.map(({ operationId }) => operationId).join(', ')
  const quarantined = refused.map(
    ({ operationId, reason }) => ` ${operationId} is quarantined: ${reason ?? 'no reason given'}.`,
  )
  return `Attached as ${name}: ${offered === '' ? 'no operations' : offered}.${quarantined.join('')}`
}

/** The reason why the hub refused the spoke permanently, and the fix. */
function finalLine(name: string, error: CodedError): string {
  const { reason } = (error.details ?? {}) as { reason?: unknown }
  if (reason === 'disconnected')
    return `An operator disconnected ${name}. Start it again when it should attach.`
  if (reason === 'taken-over')
    return `Another process attached as ${name}. Stop that process, or use another name.`
  if (error.code === 'UNAUTHENTICATED')
    return 'The key is not valid. Create one with `alkhub keys create NAME --scope spokes:attach --to FILE`.'
  return `The hub refused ${name}: ${error.message}`
}
