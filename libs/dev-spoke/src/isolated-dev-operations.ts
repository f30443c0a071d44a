import type { CodedError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import type { DevOperationsOptions } from './dev-operations.ts'
import { isolateOperations } from './isolated/isolate-operations.ts'
import type { IsolatedOperations } from './isolated/isolate-operations.ts'
import { stateFolder } from './ports/state-folder.ts'

export interface IsolatedDevOperationsOptions extends Omit<DevOperationsOptions, 'onProcessGroup'> {
  /** The thread that runs the operations has ended; the next call starts another. */
  readonly onRestart?: (error: CodedError) => void
}

/** The operations of `devOperations`, run in a watched thread of their own. Dispose of it to end the thread and its processes. */
export async function isolatedDevOperations({
  onRestart,
  ...options
}: IsolatedDevOperationsOptions): Promise<IsolatedOperations> {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return isolateOperations({
    module: new URL(`./dev-operations.${ending}`, import.meta.url),
    // The thread has no environment.
    options: { stateFolder: stateFolder(), ...options },
    ...compact({ onRestart }),
  })
}
