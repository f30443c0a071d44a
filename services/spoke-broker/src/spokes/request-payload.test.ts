import type { ProvidedCall } from '@alkdev/bus'
import { expect, test } from 'vitest'
import { requestPayload } from './request-payload.ts'

function callOf(principal: object): ProvidedCall {
  const header = { input: {}, principal, metadata: { sessionId: 'said by the caller' } }
  const spec = { accessControl: { requiredScopes: ['fs:read'] } }
  return { header, spec } as unknown as ProvidedCall
}

test('a spoke sees the session of the principal, and none for a caller without a session', () => {
  const principal = { id: 'account', scopes: ['*'], orgIds: ['o'], sessionId: 's-1' }
  expect(requestPayload(callOf(principal), 'r', 'fs.read', 5)).toMatchObject({
    identity: { id: 'account', scopes: ['fs:read'], sessionId: 's-1' },
  })
  const other = requestPayload(callOf({ id: 'account', scopes: ['*'] }), 'r', 'fs.read', 5)
  expect(JSON.parse(JSON.stringify(other))).toMatchObject({
    identity: { id: 'account', scopes: ['fs:read'] },
  })
})
