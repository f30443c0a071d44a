import { CodedError } from '@alkdev/errors'

/**
 * The hub does not connect to this address. The message names the settings that decide and nothing about the target: neither the
 * address that a name stands for nor whether something answers there.
 */
export class OutboundRefusedError extends CodedError {
  override readonly name = 'OutboundRefusedError'

  constructor(what = 'The address') {
    super(
      'ACCESS_DENIED',
      `${what} is not a public address, and the setting \`outbound.allow\` of the hub does not allow it, or \`outbound.denyPorts\` has its port.`,
    )
  }

  /** The refusal behind an error of a request, which may be wrapped or one of several tries. */
  static in(thrown: unknown): OutboundRefusedError | undefined {
    const seen = new Set<unknown>()
    const open: unknown[] = [thrown]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next instanceof OutboundRefusedError) return next
      if (!(next instanceof Error) || seen.has(next)) continue
      seen.add(next)
      open.push(next.cause)
      if (next instanceof AggregateError) open.push(...(next.errors as unknown[]))
    }
    return undefined
  }
}
