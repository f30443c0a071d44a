// The operators read on demand: nothing runs ahead of the loop at the end.
import { batch, createPubSub, dedupe, filter, map, pipe, take } from '@alkdev/pubsub'

const pubsub = createPubSub<{ reading: { readonly celsius: number } }>()
const readings = pubsub.subscribe('reading', 'oven')
await readings.ready()
for (const celsius of [180, 180, 181, 250, 251, 251, 252]) {
  pubsub.publish('reading', 'oven', { celsius })
}

const alarms = pipe(
  readings,
  map((event) => event.payload.celsius),
  filter((celsius) => celsius > 200),
  dedupe(),
  batch(2),
  take(1),
)
for await (const pair of alarms) console.log('too hot:', pair.join(' and '))
