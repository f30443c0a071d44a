// A call that outlives its connection. The network is cut while it runs; its caller never notices.
import { attachSpoke, mutation, Type } from '@alkdev/spoke'
import { createTestHub } from '@alkdev/spoke/testing'

await using hub = createTestHub()
const build = mutation(
  {
    id: 'job.build',
    description: 'Takes its time.',
    input: Type.Object({}),
    output: Type.String(),
    resumable: true,
  },
  async (_input, { signal }) => {
    hub.cut()
    await new Promise((resolve) => setTimeout(resolve, 300))
    signal.throwIfAborted()
    return 'built'
  },
)
await using spoke = attachSpoke({
  ...hub.connection(),
  name: 'builder',
  operations: [build],
  onReconnecting: () => console.log('cut off'),
  onAttached: () => console.log('attached'),
})
await spoke.attached()
console.log(await hub.call('job.build'))
