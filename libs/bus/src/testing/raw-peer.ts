import type { CallHeader, ServiceName } from '@alkdev/contracts'
import { uuidv7 } from '@alkdev/std'
import { Redis } from 'ioredis'
import { createCounters } from '../counters.ts'
import { LeaseTable } from '../leases/lease-table.ts'
import { instanceTopic } from '../transport/transport.ts'
import { createCodec } from '../wire/codec.ts'
import type { Frame, RequestFrame } from '../wire/frames.ts'
import { alice, BUS_KEY } from './harness.ts'

/** An instance made of plain Redis commands, which does only what the test requests. */
export interface RawPeer extends AsyncDisposable {
  readonly instanceId: string
  /** Frames received, oldest first. */
  readonly frames: Frame[]
  send(to: string, frame: Frame): Promise<number>
  /** Publishes a text unchanged. */
  sendText(to: string, text: string): Promise<number>
  /** A request of this peer for `tasks.echo`, with other members of its frame and header. */
  request(given: Partial<RequestFrame>, header?: Partial<CallHeader>): RequestFrame
  /** Writes a lease that is valid for `ms`. */
  renew(service: ServiceName, ms: number): Promise<void>
}

export async function rawPeer(url: string, prefix: string, key = BUS_KEY): Promise<RawPeer> {
  const instanceId = uuidv7()
  const codec = createCodec([key], createCounters())
  const publisher = new Redis(url)
  const subscriber = new Redis(url)
  const frames: Frame[] = []
  subscriber.on('message', (_channel, text: string) => {
    frames.push(...(codec.decode(text) as { frames: Frame[] }).frames)
  })
  await subscriber.subscribe(`${prefix}:${instanceTopic(instanceId)}`)
  const leases = new LeaseTable(publisher, prefix, codec)
  const sendText = (to: string, text: string): Promise<number> =>
    publisher.publish(`${prefix}:${instanceTopic(to)}`, text)
  return {
    instanceId,
    frames,
    sendText,
    send: (to, frame) => sendText(to, codec.encode({ topic: instanceTopic(to), frames: [frame] })),
    request: (given, header) => ({
      type: 'request',
      attempt: 1,
      from: instanceId,
      target: { kind: 'service' },
      remainingMs: 30_000,
      header: {
        callId: uuidv7(),
        operationId: 'tasks.echo',
        input: {},
        principal: alice,
        actor: { kind: 'service', name: 'raw', instanceId },
        depth: 0,
        ...header,
      },
      ...given,
    }),
    async renew(service, ms) {
      const lease = {
        instanceId,
        service,
        url: '',
        draining: false,
        load: 0,
        startedAt: 0,
        former: [],
      }
      await leases.renew(lease, ms)
    },
    async [Symbol.asyncDispose]() {
      publisher.disconnect()
      subscriber.disconnect()
      await Promise.resolve()
    },
  }
}
