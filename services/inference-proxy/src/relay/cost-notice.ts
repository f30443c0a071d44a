import type { SettledAttempt } from '@alkdev/storage/inference'

/** What a client gets to know of the cost of its call: the numbers of the ledger. */
export function costHeaders(settled: SettledAttempt): Record<string, string> {
  const { costMicros, priceVersion, usageSource } = settled
  const headers: Record<string, string> = { 'x-alkhub-usage-source': usageSource }
  if (costMicros === null) headers['x-alkhub-unpriced'] = 'true'
  else headers['x-alkhub-cost-micros'] = String(costMicros)
  if (priceVersion !== null) headers['x-alkhub-price-version'] = priceVersion
  return headers
}

/** The same as a comment in a stream. One line: an empty one would end an event, and some clients fail at an event without data. */
export function costLine(callId: string, settled: SettledAttempt): string {
  const { costMicros, usageSource, priceVersion, input, cacheRead } = settled
  const { cacheWrite5m, cacheWrite1h, output, reasoning, audioInput, audioOutput } = settled
  const notice = {
    callId,
    costMicros,
    usageSource,
    priceVersion,
    inputTokens: input + cacheRead + cacheWrite5m + cacheWrite1h + audioInput,
    outputTokens: output + reasoning + audioOutput,
  }
  return `: alkhub-cost ${JSON.stringify(notice)}\n`
}
