import { attachSpoke, HubConnection, subscription } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CuttableLink } from '../cuttable-link.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'
import { Random } from '../torture/random.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

let hub: TestStack

beforeAll(async () => {
  hub = await startTestStack()
  await hub.addBroker()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

const items = 300
const count = subscription(
  {
    id: 'numbers.count',
    description: 'Counts.',
    input: Type.Object({}),
    output: Type.Integer(),
    resumable: true,
  },
  async function* () {
    for (let n = 1; n <= items; n++) yield n
  },
)

/** Reads a stream slowly over a network that swallows frames and breaks, by a seed. Gives what was read. */
async function readAcrossCuts(seed: number): Promise<number[]> {
  const random = new Random(seed)
  // Behind the gateway: a reconnect comes to the one replica or the other.
  await using link = await CuttableLink.to(hub.gateway)
  const name = `seed-${seed}`
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  let attaches = 0
  await using spoke = attachSpoke({
    hub: link.url,
    key,
    name,
    thread: 'main',
    operations: [count],
    onLog: () => undefined,
    onAttached: () => (attaches += 1),
  })
  await spoke.attached()
  await using reader = await HubConnection.open({ hub: hub.gateway, key: hub.admin.key })
  const read: number[] = []
  let cuts = 0
  for await (const item of reader.subscribe<number>(`client.${name}.numbers.count`)) {
    read.push(item)
    await sleep(random.between(0, 3))
    // One cut for each attach, somewhere in the middle of what follows it.
    if (cuts >= 8 || cuts >= attaches || random.next() > 0.1) continue
    cuts += 1
    if (random.next() < 0.6) {
      link.swallow()
      await sleep(random.between(0, 15))
    }
    link.cut()
  }
  expect(cuts).toBeGreaterThanOrEqual(3)
  return read
}

const whole = Array.from({ length: items }, (_, at) => at + 1)

test.concurrent.each([1, 2, 3, 4])(
  'a resumable stream is whole for a slow reader, whatever is cut and lost on the way (seed %i)',
  async (seed) => {
    expect(await readAcrossCuts(seed)).toEqual(whole)
  },
  60_000,
)

test('a reader that is blocked over many cuts is sent no more than without them', async () => {
  const operations = [specOf('tail', { type: 'subscription', resumable: true })]
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  let spoke = await HandSpoke.attach(hub.broker, key, 'still', operations)
  await using reader = await PlainSocket.open(hub.broker, hub.admin.key)
  reader.send('call.requested', 'tail', { operationId: spoke.id('tail'), input: {} })
  const { id } = await spoke.asked()
  let sent = 0
  let upTo = 32
  /** Sends as many items as it may, until it may send no more. */
  async function sendAll(): Promise<void> {
    for (;;) {
      for (; sent < upTo; sent += 1) spoke.answer(id, sent + 1, { seq: sent + 1 })
      await sleep(100)
      for (const { type, payload } of spoke.socket.frames.splice(0))
        if (type === 'call.credit') upTo = Math.max(upTo, payload.upTo)
      if (sent === upTo) return
    }
  }
  await sendAll()
  // Windows of the reader, of the hub, and of the spoke itself.
  const most = 3 * 32
  expect(upTo).toBeLessThanOrEqual(most)
  for (let cut = 0; cut < 5; cut++) {
    spoke.cut()
    spoke = await HandSpoke.attach(hub.broker, key, 'still', operations, {
      sessionToken: spoke.token,
      resume: { inFlight: [id], answered: [] },
    })
    expect(spoke.resumed).toEqual([id])
    await sendAll()
  }
  expect(upTo).toBeLessThanOrEqual(most)
  // The reader continues: the stream continues after the items that were sent.
  for (let seq = 1; seq <= most + 32; seq++) {
    if (seq > sent) await sendAll()
    const { payload } = await reader.next((frame) => frame.id === 'tail')
    expect(payload).toMatchObject({ seq, output: { data: seq } })
    if (seq % 16 === 0) reader.send('call.credit', 'tail', { credits: 16 })
  }
  expect(upTo).toBeGreaterThan(most)
  spoke.cut()
}, 60_000)
