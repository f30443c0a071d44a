import { hasPgbouncer, NO_PGBOUNCER } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { POOLER_STAGES, runPooler } from '../torture/pooler/run-pooler.ts'

if (!hasPgbouncer) console.log(NO_PGBOUNCER)

// The long form is `npm run torture -- pooler`.
test.skipIf(!hasPgbouncer)(
  'while PgBouncer, and the PostgreSQL behind it, are killed and frozen, every request ends with an answer or a code, and everything works again',
  async () => {
    const { faults, examples, injected, ends } = await runPooler({
      seed: 5,
      maxMs: 0,
      pauseMs: [0, 100],
      outageMs: [300, 1500],
    })
    expect({ faults, examples }).toEqual({
      faults: Object.fromEntries(Object.keys(faults).map((name) => [name, 0])),
      examples: [],
    })
    expect(injected).toEqual(
      Object.fromEntries(Object.keys(POOLER_STAGES).map((name) => [name, 1])),
    )
    // Nothing is proven of what did not happen.
    for (const probe of ['hub operation', 'MCP call', 'model call', 'model stream'])
      expect(ends[`${probe}: ok`]).toBeGreaterThan(5)
    expect(ends['ok']).toBeGreaterThan(50)
  },
  240_000,
)
