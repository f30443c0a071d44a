import type { IncomingHttpHeaders } from 'node:http'
import { MODEL_CALL_PURPOSE, ModelCallToken } from '@alkdev/contracts'
import type { Authenticated } from '@alkdev/contracts'
import { verifyToken } from '@alkdev/crypto'
import type { Secret } from '@alkdev/crypto'
import { CodedError } from '@alkdev/errors'
import { keyFromHeaders } from '@alkdev/http'
import type { Authenticator } from '@alkdev/http'
import { compileLater } from '@alkdev/operations'
import { grantRights } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'

const TOKEN_PREFIX = 'alkt1.'
const schema = compileLater(ModelCallToken)
const byAuthenticated = new WeakMap<Authenticated, ModelCallToken>()

/** For what a session makes this call; undefined for a call of a key. */
export function sessionCallOf(authenticated: Authenticated): ModelCallToken | undefined {
  return byAuthenticated.get(authenticated)
}

/**
 * Accepts, beside API keys, the tokens with which the coordinator calls models for sessions. The rights are those of the grant that the token
 * names and of the grants above it, as far as their keys still have them; grants, keys and accounts are looked up for each call. Throws
 * UNAUTHENTICATED when one of them is not valid any more.
 */
export function sessionAuthenticator(
  runtime: Pick<ServiceRuntime<'inference-proxy'>, 'authenticator' | 'config' | 'db'>,
): Authenticator {
  const { authenticator } = runtime
  return {
    authenticate(headers: IncomingHttpHeaders) {
      const key = keyFromHeaders(headers)
      return key.startsWith(TOKEN_PREFIX)
        ? authenticateToken(runtime, key)
        : authenticator.authenticate(headers)
    },
  }
}

async function authenticateToken(
  runtime: Pick<ServiceRuntime<'inference-proxy'>, 'authenticator' | 'config' | 'db'>,
  token: string,
): Promise<Authenticated> {
  const { config } = runtime
  const call = payloadOf(token, [config.bus.key, config.bus.previousKey])
  const rights = await grantRights(runtime, call.grantId)
  if (rights === undefined) throw notValid()
  const identity = { ...rights.identity, sessionId: call.sessionId }
  const authenticated: Authenticated = Object.freeze({ ...rights.holders[0], identity })
  byAuthenticated.set(authenticated, call)
  return authenticated
}

function payloadOf(token: string, keys: readonly (Secret | undefined)[]): ModelCallToken {
  for (const key of keys) {
    if (key === undefined) continue
    const result = verifyToken(token, key.reveal(), { purpose: MODEL_CALL_PURPOSE })
    if (result.valid && schema.check(result.payload)) return result.payload as ModelCallToken
  }
  throw notValid()
}

function notValid(): CodedError {
  return new CodedError('UNAUTHENTICATED', 'The rights of the session are no longer valid.')
}
