import { OperatorError } from '@alkdev/errors'
import { compact, withTimeout } from '@alkdev/std'

/** `note`: information, not a fault. */
export type FindingState = 'ok' | 'note' | 'wrong'

export interface Finding {
  /** The subject of the check, in a few words. */
  readonly check: string
  readonly state: FindingState
  /** The result, as a sentence. */
  readonly says: string
  /** The fix. */
  readonly fix?: string
}

export type Check = () => Promise<readonly Finding[]>

/** Milliseconds for one check. */
const CHECK_MS = 15_000

export function ok(check: string, says: string): Finding {
  return { check, state: 'ok', says }
}

export function note(check: string, says: string, fix?: string): Finding {
  return { check, state: 'note', says, ...compact({ fix }) }
}

export function wrong(check: string, says: string, fix: string): Finding {
  return { check, state: 'wrong', says, fix }
}

/** A failure as a finding. Messages of several lines keep them. */
export function failed(check: string, error: unknown): Finding {
  if (error instanceof OperatorError) return wrong(check, error.message, error.fix)
  const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'It failed.'
  return wrong(check, text, 'Run again with --verbose, or look at `alkhub logs`.')
}

/** All findings in the order of the checks, which run side by side; one that throws or takes too long is a finding too. */
export async function runChecks(checks: Readonly<Record<string, Check>>): Promise<Finding[]> {
  const found = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        return await withTimeout(check(), {
          ms: CHECK_MS,
          what: name,
          onTimeout: () => [
            wrong(name, 'It did not answer in time.', 'Run `alkhub doctor` again.'),
          ],
        })
      } catch (error) {
        return [failed(name, error)]
      }
    }),
  )
  return found.flat()
}
