import { must, uuidv7 } from '@alkdev/std'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startSealingModel } from '../sealing-model.ts'
import type { SealingModel } from '../sealing-model.ts'
import type { Wire } from '../sealing-wires.ts'
import { startSessionStack } from '../torture/sessions/session-stack.ts'
import type { SessionStack } from '../torture/sessions/session-stack.ts'
import type { Replica } from '../torture/stack.ts'

const CASES = {
  messages: { protocol: 'anthropic' },
  responses: { endpoints: ['responses', 'chat'] },
  google: { protocol: 'google' },
} as const satisfies Partial<Record<Wire, object>>
const wires = Object.keys(CASES) as (keyof typeof CASES)[]

const disposables = new AsyncDisposableStack()
const models = new Map<Wire, SealingModel>()
let sessions: SessionStack
let owner: Replica

beforeAll(async () => {
  sessions = disposables.use(await startSessionStack())
  owner = await sessions.stack.add('coordinator')
  for (const wire of wires) {
    // oxlint-disable-next-line no-await-in-loop -- three
    const model = disposables.use(await startSealingModel(wire, 't.safe'))
    models.set(wire, model)
    // oxlint-disable-next-line no-await-in-loop -- three
    await sessions.ok('clients.create', {
      name: wire,
      type: 'llm-provider',
      config: { baseUrl: model.urlOf(wire), ...CASES[wire] },
      secret: 'secret-of-no-one',
    })
  }
}, 180_000)
afterAll(() => disposables.disposeAsync())

test('H33: signed reasoning survives coordinators that are killed in the middle of an answer, in each dialect', async () => {
  const runs = wires.map((wire) => ({
    wire,
    id: uuidv7(),
    prompt: `${wire} ${uuidv7()}`,
    model: must(models.get(wire)),
  }))
  for (const { model, prompt } of runs) for (const round of [1, 2]) model.holdAt(prompt, round)
  await Promise.all(
    runs.map(({ id, wire, prompt }) =>
      sessions.ok('sessions.create', {
        sessionId: id,
        model: `${wire}/gpt-5`,
        prompt,
        title: prompt,
      }),
    ),
  )
  for (const _round of [1, 2]) {
    // oxlint-disable no-await-in-loop -- one kill after the other
    await vi.waitUntil(() => runs.every(({ model, prompt }) => model.isHeld(prompt)), {
      timeout: 60_000,
      interval: 20,
    })
    await owner.machine.kill()
    owner = await sessions.stack.add('coordinator')
    // oxlint-enable no-await-in-loop
  }
  for (const { id, prompt, model } of runs) {
    // oxlint-disable-next-line no-await-in-loop -- three
    expect(await sessions.settled(id)).toMatchObject({ endReason: 'completed' })
    const seen = model.requests.map(({ round, seals, refusal }) => [round, seals.length, refusal])
    expect(seen).toEqual([
      [0, 0, undefined],
      [1, 1, undefined],
      [1, 1, undefined],
      [2, 2, undefined],
      [2, 2, undefined],
    ])
    expect(sessions.spoke.effects(prompt)).toBe(4)
  }
})
