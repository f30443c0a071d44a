import { SECRET_KEYWORD } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, page, pageInput, Slug, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

const DAY_MS = 86_400_000

export const Webhook = Type.Object({
  webhookId: Uuid,
  name: Slug,
  url: Type.String(),
  accountId: Uuid,
  orgId: Type.Optional(Uuid),
  createdAt: Timestamp,
})
export type Webhook = Static<typeof Webhook>

const Secret = Type.String({
  [SECRET_KEYWORD]: true,
  description: 'Signs the requests. Shown once.',
})

export const WebhooksCreateInput = Type.Object(
  {
    name: Slug,
    url: Type.String({
      minLength: 1,
      maxLength: 2048,
      description:
        'Begins with https:// or http://, without user and password. It is never changed; redirects are not followed.',
    }),
    orgId: Type.Optional(
      Type.String({
        format: 'uuid',
        description:
          'The organization that the webhook belongs to. Its members use it, its owners and admins change it.',
      }),
    ),
  },
  closed,
)
export type WebhooksCreateInput = Static<typeof WebhooksCreateInput>

export const WebhooksCreateOutput = Type.Object({ ...Webhook.properties, secret: Secret })
export type WebhooksCreateOutput = Static<typeof WebhooksCreateOutput>

/** By what operations name a webhook. */
const WebhookName = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'The name or id of a webhook of the account or of one of its organizations.',
})

export const WebhookRef = Type.Object({ webhook: WebhookName }, closed)
export type WebhookRef = Static<typeof WebhookRef>

export const WebhooksListInput = Type.Object({ ...pageInput }, closed)
export type WebhooksListInput = Static<typeof WebhooksListInput>

export const WebhooksRotateInput = Type.Object(
  {
    webhook: WebhookName,
    graceMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 7 * DAY_MS,
        description:
          'Milliseconds in which requests are signed with the secret before, too. Default: 24 hours.',
      }),
    ),
  },
  closed,
)
export type WebhooksRotateInput = Static<typeof WebhooksRotateInput>

export const WebhooksRotateOutput = Type.Object({
  webhookId: Uuid,
  secret: Secret,
  previousEndsAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'When the secret before signs no more.' }),
  ),
})
export type WebhooksRotateOutput = Static<typeof WebhooksRotateOutput>

export const WebhooksDeleteOutput = Type.Object({ webhookId: Uuid })
export type WebhooksDeleteOutput = Static<typeof WebhooksDeleteOutput>

const Status = oneOf(['pending', 'sending', 'delivered', 'dead'])
const Event = oneOf(['call.completed', 'call.failed', 'call.aborted', 'webhook.test'])

export const WebhookDelivery = Type.Object({
  deliveryId: Uuid,
  webhookId: Uuid,
  event: Event,
  callId: Type.Optional(Uuid),
  operationId: Type.Optional(Type.String()),
  status: Status,
  attempts: Type.Integer({ minimum: 0 }),
  httpStatus: Type.Optional(Type.Integer({ description: 'Of the latest answer.' })),
  error: Type.Optional(Type.String({ description: 'Why the latest attempt failed.' })),
  createdAt: Timestamp,
  nextAttemptAt: Type.Optional(Timestamp),
  endedAt: Type.Optional(Timestamp),
})
export type WebhookDelivery = Static<typeof WebhookDelivery>

export const WebhooksDeliveriesInput = Type.Object(
  {
    webhook: WebhookName,
    status: Type.Optional(Status),
    callId: Type.Optional(Type.String({ format: 'uuid', description: 'Only of this call.' })),
    ...pageInput,
  },
  closed,
)
export type WebhooksDeliveriesInput = Static<typeof WebhooksDeliveriesInput>

export const WebhooksRepeatInput = Type.Object(
  {
    webhook: WebhookName,
    deliveryId: Type.Optional(
      Type.String({ format: 'uuid', description: 'Only this one. Default: all that are dead.' }),
    ),
    dryRun: Type.Optional(
      Type.Boolean({
        description: 'Count the deliveries that would be repeated, and repeat none.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: 'Deliveries of one request, the oldest first; 100 when absent.',
      }),
    ),
  },
  closed,
)
export type WebhooksRepeatInput = Static<typeof WebhooksRepeatInput>

export const WebhooksRepeatOutput = Type.Object({
  repeated: Type.Array(Uuid, { description: 'The ids of the deliveries.' }),
  left: Type.Integer({
    minimum: 0,
    description: 'Further dead deliveries of the webhook, 10,000 at most.',
  }),
})
export type WebhooksRepeatOutput = Static<typeof WebhooksRepeatOutput>

const read = [SCOPES.WEBHOOKS_READ]
const write = [SCOPES.WEBHOOKS_WRITE]
const errors = notFound('WEBHOOK_NOT_FOUND', 'webhook')

export const webhooksOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: mutation('webhooks.create', {
      title: 'Register a webhook',
      description:
        'Registers a URL to which the ends of queued calls are reported, with ids and status and without results. The answer holds the secret that signs the requests.',
      input: WebhooksCreateInput,
      output: WebhooksCreateOutput,
      scopes: write,
      secretOutput: true,
    }),
  },
  {
    service: 'coordinator',
    spec: query('webhooks.list', {
      title: 'List webhooks',
      description: 'The webhooks of the account and of its organizations, the newest first.',
      input: WebhooksListInput,
      output: page(Webhook),
      scopes: read,
    }),
  },
  {
    service: 'coordinator',
    spec: query('webhooks.get', {
      title: 'One webhook',
      description: 'A webhook of the account or of one of its organizations.',
      input: WebhookRef,
      output: Webhook,
      scopes: read,
      errors,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('webhooks.rotate', {
      title: 'Replace the secret of a webhook',
      description:
        'Makes a new secret. For a time requests carry a signature of the new and one of the secret before.',
      input: WebhooksRotateInput,
      output: WebhooksRotateOutput,
      scopes: write,
      errors,
      secretOutput: true,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('webhooks.delete', {
      title: 'Delete a webhook',
      description:
        'Deletes a webhook and its deliveries. Calls that are bound to it go on and are not reported.',
      input: WebhookRef,
      output: WebhooksDeleteOutput,
      scopes: write,
      errors,
      hints: { destructive: true },
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('webhooks.test', {
      title: 'Test a webhook',
      description:
        'Sends a request with the event `webhook.test`, once. `webhooks.deliveries` shows what became of it.',
      input: WebhookRef,
      output: WebhookDelivery,
      scopes: write,
      errors,
    }),
  },
  {
    service: 'coordinator',
    spec: query('webhooks.deliveries', {
      title: 'List the deliveries of a webhook',
      description: 'What was sent to a webhook and what waits to be sent, the newest first.',
      input: WebhooksDeliveriesInput,
      output: page(WebhookDelivery),
      scopes: read,
      errors,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('webhooks.repeat', {
      title: 'Repeat dead deliveries',
      description: 'Sends dead deliveries of a webhook again, with attempts for another 24 hours.',
      input: WebhooksRepeatInput,
      output: WebhooksRepeatOutput,
      scopes: write,
      errors,
    }),
  },
]
