import type { ProxyContext } from '../context.ts'
import { scrubberOf } from '../providers/provider.ts'
import type { Provider } from '../providers/provider.ts'
import type { AttemptRecord } from './attempt-record.ts'
import { refusedAnswer, upstreamIdOf } from './refused-answer.ts'
import type { UpstreamAnswer } from './whole-exchange.ts'

/** Records the status of an answer and the provider's own id of it. Throws UpstreamError for every status but 2xx; an operator hears of a refused key. */
export async function requireSuccess(
  { events }: Pick<ProxyContext, 'events'>,
  provider: Provider,
  record: AttemptRecord,
  answer: UpstreamAnswer,
): Promise<void> {
  record.status = answer.statusCode
  record.upstreamId = upstreamIdOf(answer, scrubberOf(provider))
  if (answer.statusCode >= 200 && answer.statusCode <= 299) return
  const failure = await refusedAnswer(provider, answer, scrubberOf(provider))
  if (failure.next === 'key') events.keyRefused(provider.name)
  throw failure
}
