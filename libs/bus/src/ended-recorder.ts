import type { CallRecord } from '@alkdev/contracts'
import type { BusLogger, BusOptions } from './options.ts'

/** Passes the record of an ended call to the process. Rejects and logs when that fails. */
export function endedRecorder(
  { onCallEnded }: Pick<BusOptions, 'onCallEnded'>,
  logger: BusLogger,
): (ended: CallRecord) => Promise<void> {
  return async (ended) => {
    try {
      await onCallEnded(ended)
    } catch (error) {
      const { callId } = ended.header
      logger.error({ err: error, callId }, 'a call could not be recorded')
      throw error
    }
  }
}
