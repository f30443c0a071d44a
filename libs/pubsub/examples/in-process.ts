// Events inside one process: what is published reaches the subscribers of exactly this type and id.
import { createPubSub } from '@alkdev/pubsub'

type Events = {
  'order.paid': { readonly cents: number }
  'order.shipped': { readonly carrier: string }
}

const pubsub = createPubSub<Events>()

const paid = pubsub.subscribe('order.paid', 'order-7')
await paid.ready() // listening from here on

pubsub.publish('order.shipped', 'order-7', { carrier: 'post' }) // another type: not received
pubsub.publish('order.paid', 'order-8', { cents: 100 }) // another id: not received
pubsub.publish('order.paid', 'order-7', { cents: 4200 })

for await (const event of paid) {
  console.log(event.type, event.id, event.payload.cents)
  break // leaving the loop ends the subscription
}
console.log('receivers now:', await pubsub.send('order.paid', 'order-7', { cents: 1 }))
