import { scrubberOf } from '../providers/provider.ts'
import type { Provider } from '../providers/provider.ts'
import { member } from '../usage/usage.ts'
import { streamError } from './stream-error.ts'
import { badAnswer } from './upstream-error.ts'

/** Members of which an answer that is more than an error has one, in any protocol. */
const CONTENTS = ['choices', 'data', 'output', 'content'] as const

/** Throws UpstreamError for JSON with a 2xx status that is no answer: no object, or one that only reports an error. */
export function checkAnswer(provider: Provider, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badAnswer(provider.name, 'answered with JSON that is not an object')
  const error = member(value, 'error')
  const reports = typeof error === 'string' ? error !== '' : typeof error === 'object' && error
  if (reports && CONTENTS.every((name) => (member(value, name) ?? null) === null))
    throw streamError(provider.name, value, scrubberOf(provider))
}
