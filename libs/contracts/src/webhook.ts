/** Headers of a request to a webhook. */
export const WEBHOOK_HEADERS = {
  /** `t=<seconds since the epoch>,v1=<hex>`, with one `v1` for each secret that is valid. */
  SIGNATURE: 'x-alkhub-signature',
  /** The id of the delivery: the same in each attempt. */
  DELIVERY: 'x-alkhub-delivery',
  EVENT: 'x-alkhub-event',
} as const

/**
 * The additional data with which a secret of a webhook is encrypted: its row and the origin of the URL. It can't be decrypted in another row
 * or for another origin, even if the row of the webhook is edited manually.
 */
export function webhookSecretPlace(webhookId: string, secretId: string, url: string): string {
  return `webhook_secrets/${webhookId}/${secretId}@${URL.parse(url)?.origin ?? ''}`
}
