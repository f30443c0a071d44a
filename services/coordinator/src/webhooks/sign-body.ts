import { createHmac, randomBytes } from 'node:crypto'

/** A new secret: 32 random bytes as text. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64url')}`
}

/**
 * The signature header: `t=<seconds>,v1=<hex>`, with one `v1` for each secret. Each is the HMAC-SHA256 of `<seconds>.<body>` under the text
 * of the secret. `seconds`: since the epoch.
 */
export function signBody(secrets: readonly string[], seconds: number, body: string): string {
  const signatures = secrets.map(
    (secret) => `v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`,
  )
  return [`t=${seconds}`, ...signatures].join(',')
}
