import type { Outcome } from './tally.ts'

/** A code as an outcome: operations may declare codes of their own; UNKNOWN_ERROR is a fault. */
export function codedOutcome(code: unknown, context: string): Outcome {
  if (typeof code === 'string' && /^[A-Z][A-Z_]{2,63}$/.test(code) && code !== 'UNKNOWN_ERROR')
    return { is: 'coded', code }
  return { is: 'fault', what: `code ${String(code)}: ${context.slice(0, 600)}` }
}

/** An answer over HTTP: a success, or a problem with a code. */
export function httpOutcome(status: number, contentType: string, text: string): Outcome {
  if (status < 400) return { is: 'ok' }
  const context = `HTTP ${status} ${text}`
  if (!contentType.startsWith('application/problem+json'))
    return { is: 'fault', what: `no problem+json: ${contentType} ${context.slice(0, 300)}` }
  try {
    return codedOutcome((JSON.parse(text) as { code?: unknown }).code, context)
  } catch {
    return { is: 'fault', what: `a problem that is not JSON: ${context.slice(0, 300)}` }
  }
}

/** OpenAI's shape of an error has codes of its own. */
export function openaiOutcome(status: number, text: string): Outcome {
  if (status < 400) return { is: 'ok' }
  try {
    const { error } = JSON.parse(text) as { error?: { type?: unknown; code?: unknown } }
    const code = error?.code ?? error?.type
    if (typeof code === 'string') return { is: 'coded', code }
  } catch {
    // As below.
  }
  return { is: 'fault', what: `HTTP ${status} without an error of /v1: ${text.slice(0, 300)}` }
}
