import { afterAll, beforeAll, expect, test } from 'vitest'
import { AnsweringListener } from './testing/answering-listener.ts'
import { run } from './testing/memory-io.ts'

const id = '018f4a1e-0000-7000-8000-000000000001'
const answers: Record<string, unknown> = {
  'sessions.create': { sessionId: id, slug: 'brave-fox' },
  'sessions.list': { items: [] },
  'schedules.runNow': { callId: id },
  'spokes.list': { items: [] },
}
const hub = new AnsweringListener(({ operation }) => answers[operation])
beforeAll(() => hub.start())
afterAll(() => hub.stop())

test.each([
  [['sessions', 'create', 'Hello'], 'Next: ALKHUB sessions watch brave-fox'],
  [['sessions', 'create'], 'Next: ALKHUB sessions attach brave-fox'],
  [['sessions', 'list'], '`ALKHUB sessions create` makes one.'],
  [['schedules', 'run', 'nightly'], `Its state: ALKHUB queue get ${id}`],
  [['spokes', 'list', '--all'], '`ALKHUB spoke`'],
])(
  'a command that %j recommends is written as it has to be typed: in a clone with ./',
  async (words, text) => {
    for (const [started, alkhub] of [
      ['./alkhub', './alkhub'],
      [undefined, 'alkhub'],
      ['./a; b', 'alkhub'],
    ] as const) {
      const { out } = await run([...words, ...hub.args], { env: { ALKHUB_STARTED_AS: started } })
      expect(out).toContain(text.replace('ALKHUB', alkhub))
    }
  },
)
