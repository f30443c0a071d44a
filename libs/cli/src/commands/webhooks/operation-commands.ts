import type {
  Webhook,
  WebhookDelivery,
  WebhooksCreateOutput,
  WebhooksRepeatOutput,
  WebhooksRotateOutput,
} from '@alkdev/contracts'
import { facts, listCommand, operationCommand } from '../../hub/operation-command.ts'
import type { InputPositional } from '../../hub/operation-command.ts'
import { deliveryIdOf } from '../../hub/id-resolvers.ts'
import { orgIdOf } from '../../hub/resolve.ts'
import { resolveCallId } from '../calls/call-id-of.ts'
import { clockTime, durationOf, shortTime } from '../../input/times.ts'

const which: InputPositional = {
  member: 'webhook',
  question: 'Which webhook?',
  fix: 'Names are shown by `alkhub webhooks list`.',
}

const say = (one: Webhook): string =>
  facts({
    webhook: one.name,
    id: one.webhookId,
    url: one.url,
    organization: one.orgId,
    created: shortTime(one.createdAt),
  })

export const list = listCommand<Webhook>({
  operationId: 'webhooks.list',
  usage: '[options]',
  summary: 'Lists the webhooks of your account and its organizations, newest first.',
  headings: ['name', 'url', 'organization', 'created'],
  row: (one) => [one.name, one.url, one.orgId, shortTime(one.createdAt)],
  none: 'There are no webhooks.',
})

export const get = operationCommand<Webhook>({
  operationId: 'webhooks.get',
  usage: 'WEBHOOK [options]',
  summary: 'Shows a webhook.',
  positionals: [which],
  say,
})

export const create = operationCommand<WebhooksCreateOutput>({
  operationId: 'webhooks.create',
  usage: 'NAME URL [options]',
  summary: 'Registers a URL. The secret that signs the requests is shown once.',
  positionals: [
    { member: 'name', question: 'Which name?', fix: 'Lower-case letters, digits and hyphens.' },
    { member: 'url', question: 'Which URL?', fix: 'For instance https://example.com/alkhub.' },
  ],
  inputs: {
    org: {
      type: 'string',
      value: 'ORG',
      member: 'orgId',
      resolve: orgIdOf,
      summary: 'The organization that it belongs to: its id or name.',
    },
  },
  say: (one) => `${say(one)}\n\nThe secret, which is not shown again:\n${one.secret}`,
})

export const rotate = operationCommand<WebhooksRotateOutput>({
  operationId: 'webhooks.rotate',
  usage: 'WEBHOOK [options]',
  summary: 'Makes a new secret. For a time requests carry signatures of both.',
  positionals: [which],
  inputs: {
    grace: {
      type: 'string',
      value: 'TIME',
      member: 'graceMs',
      summary: 'How long the old secret signs as well: `1h` (default 24 hours).',
      read: (text) => durationOf('grace', text),
    },
  },
  say: ({ secret, previousEndsAt }) =>
    `The new secret, which is not shown again:\n${secret}\nThe one before signs until ${shortTime(previousEndsAt)}.`,
})

export const sendTest = operationCommand<WebhookDelivery>({
  operationId: 'webhooks.test',
  usage: 'WEBHOOK [options]',
  summary: 'Sends a request with the event webhook.test, once.',
  positionals: [which],
  say: ({ deliveryId, webhookId }, _nameOf, alkhub) =>
    `Sending ${deliveryId}. \`${alkhub} webhooks deliveries ${webhookId}\` shows what became of it.`,
})

export const deliveries = listCommand<WebhookDelivery>({
  operationId: 'webhooks.deliveries',
  usage: 'WEBHOOK [options]',
  summary: 'Lists what was sent to a webhook and what waits, newest first.',
  positionals: [which],
  inputs: {
    status: {
      type: 'string',
      value: 'STATUS',
      member: 'status',
      summary: 'pending, sending, delivered or dead.',
    },
    call: {
      type: 'string',
      value: 'ID',
      member: 'callId',
      resolve: resolveCallId,
      summary: 'Only of this call.',
    },
  },
  headings: ['delivery', 'event', 'call', 'status', 'attempts', 'http', 'next', 'error'],
  row: (one) => [
    one.deliveryId,
    one.event,
    one.callId,
    one.status,
    String(one.attempts),
    one.httpStatus === undefined ? undefined : String(one.httpStatus),
    clockTime(one.nextAttemptAt),
    one.error,
  ],
  none: 'Nothing was sent to it yet.',
})

export const repeat = operationCommand<WebhooksRepeatOutput>({
  operationId: 'webhooks.repeat',
  usage: 'WEBHOOK [options]',
  summary: 'Sends dead deliveries again, the oldest first.',
  positionals: [which],
  inputs: {
    delivery: {
      type: 'string',
      value: 'ID',
      member: 'deliveryId',
      resolve: deliveryIdOf,
      summary: 'Only this one (default: all that are dead, 100 at most).',
    },
    'dry-run': {
      type: 'boolean',
      member: 'dryRun',
      summary: 'Count them only.',
    },
  },
  say: ({ repeated, left }) => `Repeated ${repeated.length}; ${left} are left.`,
})

export const remove = operationCommand<{ readonly webhookId: string }>({
  operationId: 'webhooks.delete',
  usage: 'WEBHOOK [options]',
  summary: 'Deletes a webhook and its deliveries. Calls that are bound to it go on.',
  positionals: [which],
  say: ({ webhookId }) => `Deleted ${webhookId}.`,
})
