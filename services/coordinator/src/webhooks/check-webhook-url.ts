import { validationError } from '@alkdev/operations'
import { checkOutboundUrl, OutboundRefusedError } from '@alkdev/outbound'
import type { AddressPolicy } from '@alkdev/outbound'

/**
 * The URL of a webhook in its normal form, without fragment. Throws VALIDATION_ERROR for a text that is no HTTP URL, for one with user or
 * password, and for an address to which the hub does not connect.
 */
export function checkWebhookUrl(policy: AddressPolicy, text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw refused('must begin with https:// or http://')
  if (url.username !== '' || url.password !== '')
    throw refused('must not hold a user or password: requests are signed')
  url.hash = ''
  try {
    checkOutboundUrl(policy, url.href)
  } catch (error) {
    if (error instanceof OutboundRefusedError) throw refused(error.message)
    throw error
  }
  return url.href
}

function refused(message: string): Error {
  return validationError('The webhook', [{ path: '/url', message }])
}
