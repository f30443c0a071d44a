import { runHosts } from './run-hosts.ts'
import type { HostRunOptions } from './run-hosts.ts'

// The options as JSON; prints the summary as JSON. Needs a network of its own (`ALONE` of host-network.ts).
const [, , options = ''] = process.argv
const summary = await runHosts({
  ...(JSON.parse(options) as HostRunOptions),
  onProgress: (sentence) => void process.stderr.write(`${sentence}\n`),
})
process.stdout.write(`${JSON.stringify(summary)}\n`, () => process.exit())
