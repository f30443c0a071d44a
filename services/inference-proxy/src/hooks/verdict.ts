import { CodedError } from '@alkdev/errors'
import { compileLater } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'

/** The most characters of a reason that a client gets. */
const MAX_REASON = 500

/** What the operation of a hook answers. An empty object lets everything pass. */
export const Verdict = Type.Object({
  /** Refuses the call: why, in words for the client. */
  block: Type.Optional(Type.String({ minLength: 1 })),
  /** Added to the call. */
  tags: Type.Optional(
    Type.Array(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$' }), { maxItems: 16 }),
  ),
  /** Texts that are replaced by `[redacted]` wherever they are. */
  redact: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 10_000 }), { maxItems: 1000 }),
  ),
})
export type Verdict = Static<typeof Verdict>

const schema = compileLater(Verdict)

/** Throws for an answer of another form: a hook whose answer cannot be read has not checked anything. */
export function verdictOf(answer: unknown): Verdict {
  if (schema.check(answer)) return answer as Verdict
  throw new Error('the answer of the hook has another form')
}

/** A hook ended the call. */
export class HookError extends CodedError {
  override readonly name = 'HookError'
  readonly httpStatus: number

  private constructor(code: string, message: string, httpStatus: number, cause?: unknown) {
    super(code, message, { ...(cause !== undefined && { cause }) })
    this.httpStatus = httpStatus
  }

  static blocked(hook: string, reason: string): HookError {
    const text = `The hook ${hook} refused it: ${reason.slice(0, MAX_REASON)}`
    return new HookError('CONTENT_BLOCKED', text, 403)
  }

  static failed(hook: string, cause: unknown): HookError {
    const text = `The hook ${hook} could not check it, and nothing passes unchecked.`
    return new HookError('HOOK_FAILED', text, 503, cause)
  }
}
