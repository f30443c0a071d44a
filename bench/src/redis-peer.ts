// Answers bare requests over Redis pub/sub. Argument: Redis URL.
import { floorServer } from './bus-peer.ts'

await floorServer(process.argv[2] ?? '')
process.send?.('ready')
