import { CodedError } from '@alkdev/errors'
import type { FastifyRequest } from 'fastify'
import type { ProxyContext } from '../context.ts'
import { isBroken, mayUse, withKey } from '../providers/provider.ts'
import { isBelow } from './allowed-path.ts'
import { NO_BODY } from '../usage/estimate.ts'
import type { Way } from './find-way.ts'

const STORED = /^responses\/([A-Za-z0-9_-]{1,256})(\/cancel|\/input_items)?$/

/**
 * The way of a request for a stored response: to the provider and the key that made it, for the account that it was made for. Throws
 * RESPONSE_NOT_FOUND for one that is not known, or belongs to another account.
 */
export async function responseWay(
  { routing: { pins }, providers }: ProxyContext,
  { identity, method }: FastifyRequest,
  address: string,
): Promise<Way> {
  const found = STORED.exec(address)
  const [, id = '', more = ''] = found ?? []
  const fits = method === 'POST' ? more === '/cancel' : more !== '/cancel'
  if (!isBelow(address) || found === null || !fits)
    throw new CodedError('OPERATION_NOT_FOUND', `There is no ${method} /v1/${address} here.`)
  const pin = await pins.find(identity.id, [id])
  const known = [...(await providers.all()).values()]
  const provider = known.find((one) => one.id === pin?.providerId && mayUse(one, identity))
  const key =
    provider === undefined || isBroken(provider)
      ? undefined
      : provider.keys.find(({ name }) => name === pin?.keyName)
  if (
    provider === undefined ||
    isBroken(provider) ||
    (provider.keys.length > 0 && key === undefined)
  )
    throw Object.assign(
      new CodedError('RESPONSE_NOT_FOUND', `There is no response ${id} for this account.`),
      { httpStatus: 404 },
    )
  return {
    provider: key === undefined ? provider : withKey(provider, key),
    model: undefined,
    requestedModel: `${provider.name}/`,
    path: address,
    endpoint: `responses/id${more}`,
    body: undefined,
    size: NO_BODY,
    answers: 1,
    isFree: true,
  }
}
