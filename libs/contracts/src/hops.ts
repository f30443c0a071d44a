/** The header in which a request to another service says how deep the call is nested that makes it: `<deployment>:<depth>`. */
export const HOPS_HEADER = 'x-alkhub-hops'

/** More than any call may be nested: what a header names beyond it counts as this. */
const MAX_HOPS = 1000

/**
 * The depth of the calls that a request makes, by the greatest depth of its header. Undefined without one, and for a text that has another
 * form.
 */
export function hopDepth(header: string | readonly string[] | undefined): number | undefined {
  if (typeof header !== 'string' || header.length > 2048) return undefined
  const depths = [...header.matchAll(/(?:^|,)\s*[A-Za-z0-9_-]{1,64}:([0-9]{1,6})(?=\s*(?:,|$))/g)]
  if (depths.length === 0) return undefined
  return Math.min(MAX_HOPS, Math.max(...depths.map(([, depth]) => Number(depth))))
}
