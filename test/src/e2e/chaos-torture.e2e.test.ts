import { expect, test } from 'vitest'
import { runChaos } from '../torture/chaos-run/run-chaos.ts'
import { STAGES } from '../torture/chaos-run/stages.ts'

// The long form is `npm run torture -- chaos`.
test('while each service is killed and frozen, Redis is emptied and full, PostgreSQL is slow, and clients attack, every request ends with an answer or a code, and everything works again', async () => {
  const summary = await runChaos({
    seed: 7,
    maxMs: 0,
    pauseMs: [0, 100],
    size: { longestMs: 1500, sockets: 2000, slowClients: 100, badKeys: 500 },
  })
  expect({ faults: summary.faults, examples: summary.examples }).toEqual({
    faults: Object.fromEntries(Object.keys(summary.faults).map((name) => [name, 0])),
    examples: [],
  })
  expect(summary.injected).toEqual(Object.fromEntries(STAGES.map(({ name }) => [name, 1])))
  // Nothing is proven of what did not happen.
  for (const probe of ['hub operation', 'MCP call', 'model call', 'model stream'])
    expect(summary.ends[`${probe}: ok`]).toBeGreaterThan(20)
  expect(summary.ends['ok']).toBeGreaterThan(200)
}, 240_000)
