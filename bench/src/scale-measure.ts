// Prints what one instance, or many, need for a registry: `node bench/src/scale-measure.ts instance SPOKES OPERATIONS`, or
// `fleet INSTANCES SPOKES OPERATIONS SECONDS`. For comparing two versions of the code.
import { startOwnRedis } from '@alkdev/bus/testing'
import { Children } from './children.ts'
import { PEER_NODE_ARGS } from './scale/peer-node-args.ts'

const [what = 'instance', ...numbers] = process.argv.slice(2)
await using redis = await startOwnRedis()
await using children = new Children()
const { said } = await children.start(
  `./scale-${what}-peer.ts`,
  [redis.url, ...numbers],
  PEER_NODE_ARGS,
)
console.log(said)
