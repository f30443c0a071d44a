import { HOPS_HEADER, WEBHOOK_HEADERS } from '@alkdev/contracts'
import { OutboundRefusedError } from '@alkdev/outbound'
import { sharedNow } from '@alkdev/std'
import type { ClaimedDelivery } from '@alkdev/storage/webhooks'
import { request } from 'undici'
import type { Dispatcher } from 'undici'
import { signBody } from './sign-body.ts'

/** Bytes of an answer that are read, so that its connection can be used again. */
const MAX_ANSWER_BYTES = 64 * 1024

export interface SendOptions {
  /** Connects to allowed addresses only. */
  readonly dispatcher: Dispatcher
  /** Secrets that sign the request, the current one first. */
  readonly secrets: readonly string[]
  /** Names this hub in the header that ends loops. */
  readonly deploymentId: string
  /** Milliseconds for the whole request. */
  readonly timeoutMs: number
  /** Ends the request. */
  readonly signal: AbortSignal
}

/** What the receiver answered, or why there is no answer. */
export type SendOutcome =
  | { readonly kind: 'delivered'; readonly httpStatus: number }
  | { readonly kind: 'failed'; readonly httpStatus: number | undefined; readonly error: string }

/** The body of a request: ids and status, never the result. The same in each attempt. */
export function deliveryBody(delivery: ClaimedDelivery): string {
  const { id, event, webhookId, webhookName, callId, operationName, occurredAt } = delivery
  return JSON.stringify({
    deliveryId: id,
    event,
    occurredAt: occurredAt.toISOString(),
    webhook: { id: webhookId, name: webhookName },
    ...(callId !== null && {
      call: { callId, operationId: operationName, status: event.replace(/^call\./, '') },
    }),
  })
}

/**
 * Sends one delivery. It has arrived when the receiver answers with a status of 200 to 299 in time; redirects are not followed. Never
 * rejects.
 */
export async function sendDelivery(
  delivery: ClaimedDelivery,
  { dispatcher, secrets, deploymentId, timeoutMs, signal }: SendOptions,
): Promise<SendOutcome> {
  const body = deliveryBody(delivery)
  const timeout = AbortSignal.timeout(timeoutMs)
  const ending = AbortSignal.any([signal, timeout])
  try {
    const answer = await request(delivery.url, {
      method: 'POST',
      dispatcher,
      signal: ending,
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'alkhub-webhooks/1',
        [WEBHOOK_HEADERS.DELIVERY]: delivery.id,
        [WEBHOOK_HEADERS.EVENT]: delivery.event,
        [WEBHOOK_HEADERS.SIGNATURE]: signBody(secrets, Math.floor(sharedNow() / 1000), body),
        [HOPS_HEADER]: `${deploymentId}:${delivery.depth}`,
      },
    })
    // The status decides; a body that does not end is left.
    await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal: ending }).catch(() => undefined)
    return outcomeOf(answer.statusCode)
  } catch (thrown) {
    const error = timeout.aborted
      ? `The receiver did not answer within ${timeoutMs} ms.`
      : signal.aborted
        ? 'The coordinator stopped.'
        : whyFailed(thrown)
    return { kind: 'failed', httpStatus: undefined, error }
  }
}

function outcomeOf(httpStatus: number): SendOutcome {
  if (httpStatus >= 200 && httpStatus < 300) return { kind: 'delivered', httpStatus }
  const more = httpStatus >= 300 && httpStatus < 400 ? '; redirects are not followed' : ''
  return { kind: 'failed', httpStatus, error: `The receiver answered with ${httpStatus}${more}.` }
}

/** Without addresses: the text is shown to the account. */
function whyFailed(thrown: unknown): string {
  const refused = OutboundRefusedError.in(thrown)
  if (refused !== undefined) return refused.message
  const { code } = thrown as { readonly code?: unknown }
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code)
    ? `The request failed with ${code}.`
    : 'The request failed.'
}
