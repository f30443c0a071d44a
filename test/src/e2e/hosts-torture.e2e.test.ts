import { expect, test } from 'vitest'
import { canMakeHosts, NO_HOSTS } from '../torture/hosts/host-network.ts'
import { startHosts } from '../torture/hosts/start-hosts.ts'

/** Those that end the most: each kind of connection of a gateway and a broker. */
const PAIRS = [
  'postgres and gateway',
  'redis and broker-a',
  'gateway and broker-b',
  'gateway and inference-proxy',
  'gateway and spoke-a',
]
const permitted = canMakeHosts()
if (!permitted) console.log(NO_HOSTS)

// The long form is `npm run torture -- hosts`: every two hosts.
test.skipIf(!permitted)(
  'services on hosts of their own find each other by configuration alone, and after each partition between two of them everything works again',
  async () => {
    const options = {
      seed: 3,
      maxMs: 0,
      pauseMs: [0, 100],
      longestMs: 3000,
      stages: PAIRS,
    } as const
    const { faults, examples, injected, ends } = await startHosts(
      options,
      AbortSignal.timeout(200_000),
    )
    expect({ faults, examples }).toEqual({
      faults: Object.fromEntries(Object.keys(faults).map((name) => [name, 0])),
      examples: [],
    })
    expect(injected).toEqual(Object.fromEntries(PAIRS.map((pair) => [pair, 1])))
    // Nothing is proven of what did not happen.
    for (const probe of ['hub operation', 'MCP call', 'model call', 'model stream'])
      expect(ends[`${probe}: ok`]).toBeGreaterThan(20)
    expect(ends['ok']).toBeGreaterThan(200)
  },
  240_000,
)
