import type { RegistrySpoke, ServiceName } from '@alkdev/contracts'
import { localEnvelope } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import type { BusLimits } from '../options.ts'
import type { Bus } from '../bus.ts'
import type { BusCallOptions } from '../call.ts'
import type { CallProvider } from '../provided-call.ts'
import { contractsOf, registryOf, spec, testBus } from './harness.ts'
import { MemorySource } from './memory-source.ts'

/** The options with which an instance in a separate process starts. */
export interface InstanceSettings {
  readonly url: string
  readonly prefix: string
  readonly service: ServiceName
  readonly limits?: Partial<BusLimits>
  /** Answers at once, whatever the input is. */
  readonly quick?: boolean
}

/** Messages to it. */
export type InstanceOrder =
  | { readonly do: 'put'; readonly spoke: RegistrySpoke }
  | {
      readonly do: 'call'
      readonly operationId: string
      readonly input: unknown
      readonly options?: Partial<BusCallOptions>
    }
  | { readonly do: 'drain' }

/** Messages from it. */
export type InstanceNews =
  | { readonly news: 'ready'; readonly instanceId: string }
  | { readonly news: 'start'; readonly call: string; readonly attempt: number }
  | { readonly news: 'aborted'; readonly call: string; readonly code: unknown }
  | { readonly news: 'ended'; readonly code: unknown }
  | { readonly news: 'done' }

/** Operations of the coordinator in such processes: `input` is the milliseconds that the handler takes. */
export const WORK = spec('tasks.work', { type: 'mutation' })
export const WORK_SAFE = spec('tasks.look')
export const workContracts = contractsOf('coordinator', WORK, WORK_SAFE)

async function main(settings: InstanceSettings): Promise<void> {
  const source = new MemorySource()
  const made = testBus({ ...settings, source, contracts: workContracts })
  const { bus } = made
  const handler = async (
    ms: number,
    context: { readonly requestId?: string; readonly signal?: AbortSignal },
  ): Promise<string> => {
    const call = context.requestId ?? ''
    tell({ news: 'start', call, attempt: 1 })
    if (context.signal !== undefined) tellAbort(call, context.signal)
    if (settings.quick !== true) await sleep(ms, context.signal)
    return bus.instanceId
  }
  if (settings.service === 'coordinator') {
    bus.serveService(registryOf([WORK, handler], [WORK_SAFE, handler]))
  }
  bus.serveSpokes(spokeWork(settings.quick === true))
  await bus.start()
  process.on('message', (order: InstanceOrder) => void obey(bus, source, order))
  tell({ news: 'ready', instanceId: bus.instanceId })
}

/** Stands for spokes: they take the milliseconds that the input names. */
function spokeWork(quick: boolean): CallProvider {
  return (call, sink) => {
    sink.started()
    const { callId, input, operationId } = call.header
    tell({ news: 'start', call: callId, attempt: call.attempt })
    tellAbort(callId, call.signal)
    sleep(quick ? 0 : Number(input), call.signal).then(
      () => sink.respond(localEnvelope(process.pid, operationId)),
      (error: unknown) => sink.fail(error),
    )
  }
}

function tellAbort(call: string, signal: AbortSignal): void {
  signal.addEventListener('abort', () => {
    tell({ news: 'aborted', call, code: (signal.reason as { readonly code?: unknown }).code })
  })
}

async function obey(bus: Bus, source: MemorySource, order: InstanceOrder): Promise<void> {
  if (order.do === 'put') await bus.announceChange(source.put(order.spoke))
  else if (order.do === 'drain') await bus.drain(AbortSignal.timeout(10_000))
  else {
    const principal = { id: 'alice', scopes: ['*'] }
    bus.call(order.operationId, order.input, { principal, ...order.options }).then(
      () => tell({ news: 'ended', code: 'OK' }),
      (error: unknown) =>
        tell({ news: 'ended', code: (error as { readonly code?: unknown }).code }),
    )
  }
  tell({ news: 'done' })
}

function tell(news: InstanceNews): void {
  process.send?.(news)
}

const [, script = '', given] = process.argv
if (given !== undefined && import.meta.filename === script) {
  await main(JSON.parse(given) as InstanceSettings)
}
