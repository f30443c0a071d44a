// Events between processes over Redis pub/sub: node redis.ts redis://127.0.0.1:6379
import { createPubSub } from '@alkdev/pubsub'
import { createRedisEventTarget } from '@alkdev/pubsub/event-target-redis'
import { Redis } from 'ioredis'

const url = process.argv[2] ?? 'redis://127.0.0.1:6379'
const publishClient = new Redis(url)
const subscribeClient = new Redis(url) // a connection of its own: it does nothing but subscribe

const eventTarget = createRedisEventTarget({
  publishClient,
  subscribeClient,
  prefix: 'example:',
  onError: (error, { kind, topic }) => console.error(kind, topic, error.message),
})
const pubsub = createPubSub<{ 'job.done': { readonly ok: boolean } }>({ eventTarget })

const done = pubsub.subscribe('job.done', '7')
await done.ready() // Redis has confirmed the subscription
console.log('receivers:', await pubsub.send('job.done', '7', { ok: true }))
console.log('received:', (await done.next()).value?.payload)

await eventTarget.close()
publishClient.disconnect()
subscribeClient.disconnect()
