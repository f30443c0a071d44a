import { request } from 'undici'
import type { AddressPolicy } from './address-policy.ts'
import { createOutboundAgent } from './outbound-agent.ts'

/** Milliseconds for the whole question. */
const ANSWER_MS = 3000
const MAX_ANSWER_BYTES = 4096

/**
 * Asks the server of a URL whether it is a hub: the id of its deployment, from `/livez`. Undefined for any other server, and for one that does not
 * answer in 3 s or may not be reached. Never rejects.
 */
export async function readDeploymentId(
  policy: AddressPolicy,
  url: string,
): Promise<string | undefined> {
  const times = {
    connectTimeoutMs: ANSWER_MS,
    headersTimeoutMs: ANSWER_MS,
    bodyTimeoutMs: ANSWER_MS,
  }
  const agent = createOutboundAgent(policy, times)
  const signal = AbortSignal.timeout(ANSWER_MS)
  try {
    const { body } = await request(new URL('/livez', url), { dispatcher: agent, signal })
    let text = ''
    for await (const part of body.setEncoding('utf8')) {
      text += String(part)
      if (text.length > MAX_ANSWER_BYTES) return undefined
    }
    const { deploymentId } = (JSON.parse(text) ?? {}) as { readonly deploymentId?: unknown }
    return typeof deploymentId === 'string' ? deploymentId : undefined
  } catch {
    return undefined
  } finally {
    await agent.destroy()
  }
}
