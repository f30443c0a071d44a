import type { BusCallOptions, CallResult } from '@alkdev/bus'
import type { GatewayContext } from '../context.ts'

export async function runIdempotent(
  _context: GatewayContext,
  _operationId: string,
  _input: unknown,
  _options: BusCallOptions,
  run: () => Promise<CallResult>,
): Promise<CallResult> {
  return run()
}
