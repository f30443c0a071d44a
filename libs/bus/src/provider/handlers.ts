import type { OperationRegistry } from '@alkdev/operations'
import type { CallProvider, LoadOfSpoke } from '../provided-call.ts'
import type { Run } from './run.ts'
import { runService } from './run-service.ts'

/** The handlers of calls in this process: the service's own operations, the local ones of every process, and attached spokes. */
export class Handlers {
  /** Operations of this service. */
  service: OperationRegistry | undefined
  /** Operations that every process executes itself. */
  local: OperationRegistry | undefined
  spokes: CallProvider | undefined
  loadOfSpoke: LoadOfSpoke | undefined

  /** Passes a run to its handler. Handlers should not throw; if one does, the run ends with the thrown error. */
  dispatch(run: Run): void {
    try {
      this.#dispatch(run)
    } catch (error) {
      run.fail(error)
    }
  }

  #dispatch(run: Run): void {
    const { call } = run
    if (call.target.kind === 'spoke') {
      if (this.spokes === undefined)
        run.refuse('PROVIDER_UNAVAILABLE', 'This instance has no spokes.')
      else this.spokes(call, run)
      return
    }
    const isLocal = this.local?.getSpec(call.header.operationId) !== undefined
    const registry = isLocal ? this.local : this.service
    if (registry === undefined) {
      run.refuse('PROVIDER_UNAVAILABLE', 'This instance does not provide the operation.')
    } else runService(registry, call, run)
  }
}
