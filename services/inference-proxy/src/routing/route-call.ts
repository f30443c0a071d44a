import type { ModelProtocol } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import type { Identity } from '@alkdev/operations'
import type { ProxyContext } from '../context.ts'
import { findTargets, noSuchModel } from '../providers/target.ts'
import type { RoutedTarget, Target } from '../providers/target.ts'
import { isBroken } from '../providers/provider.ts'
import { candidatesOf, serves } from './candidate.ts'
import type { Candidate, Pin } from './candidate.ts'
import { translatedInto } from '../translate/translated-into.ts'
import { referredIds } from './response-pins.ts'

/** Items that one request may let the provider look up. */
const MAX_REFERENCES = 1000

/** A request, as far as its way depends on it. */
export interface RoutedRequest {
  readonly model: string
  readonly protocol: ModelProtocol
  readonly identity: Identity
  /** Requests with the same name go the same way; undefined for a request of its own. */
  readonly session: string | undefined
  /** The parsed body. */
  readonly body: unknown
  /** Whether providers that serve another protocol may be asked in that. */
  readonly translates: boolean
}

/** The targets of a model that the caller may use, those of an alias in the order of the config. Throws OPERATION_NOT_FOUND. */
export async function targetsOf(
  { providers, runtime }: ProxyContext,
  model: string,
  identity: Identity,
): Promise<RoutedTarget[]> {
  const { aliases } = runtime.config.inference
  let known = await providers.all()
  let targets = findTargets(model, identity, known, aliases)
  if (targets.length === 0) {
    known = await providers.refreshed()
    targets = findTargets(model, identity, known, aliases)
  }
  if (targets.length === 0) throw noSuchModel(model, identity, known, Object.keys(aliases))
  return targets
}

/** Tokens of input and output together that a target takes; undefined when unknown. */
export function windowOf(
  { prices }: ProxyContext,
  { provider, model }: Target,
): number | undefined {
  if (isBroken(provider)) return undefined
  const priced = { name: provider.name, baseUrl: provider.config.baseUrl }
  return prices.of(priced, model, new Date()).contextWindow
}

/**
 * The candidates of a request in the order in which they are tried. A request that continues a response goes to the provider and the key that
 * made it. Throws OPERATION_NOT_FOUND, VALIDATION_ERROR for a model that does not serve the protocol, PREVIOUS_RESPONSE_NOT_FOUND,
 * RESPONSE_TARGET_GONE.
 */
export async function routeCall(
  context: ProxyContext,
  request: RoutedRequest,
): Promise<Candidate[]> {
  const { model, protocol, identity, session, body, translates } = request
  const targets = await targetsOf(context, model, identity)
  const serving = targets.filter(
    ({ provider }) =>
      isBroken(provider) ||
      serves(provider, protocol) ||
      (translates && translatedInto(provider, protocol) !== undefined),
  )
  if (serving.length === 0) throw notServed(model, protocol)
  const draw = session === undefined ? { random: Math.random } : { session }
  const candidates = candidatesOf(serving, draw, (target) => windowOf(context, target))
  if (protocol !== 'responses') return candidates
  return pinned(context, candidates, identity, body)
}

async function pinned(
  { routing: { pins } }: ProxyContext,
  candidates: Candidate[],
  identity: Identity,
  body: unknown,
): Promise<Candidate[]> {
  const { previous, items, references } = referredIds(body)
  if (previous === undefined && items.length === 0) return candidates
  const [only] = candidates
  // No other account can have responses there, and there is no other place.
  const isOwn = candidates.length === 1 && only?.provider.orgId === null
  if (isOwn) return candidates
  if (references.length > MAX_REFERENCES)
    throw new CodedError(
      'VALIDATION_ERROR',
      `input must have at most ${MAX_REFERENCES} references to items.`,
      { details: { param: 'input' } },
    )
  const foreign = await pins.unknown(identity.id, references)
  if (foreign !== undefined) throw notMade('item', foreign, 'input')
  const pin = await pins.find(identity.id, previous === undefined ? items : [previous])
  if (pin !== undefined) return atPin(candidates, pin)
  if (previous === undefined) return candidates
  throw notMade('response', previous, 'previous_response_id')
}

/** The provider may have it, of another account of the organization. */
function notMade(what: string, id: string, param: string): CodedError {
  const message = `There is no ${what} ${JSON.stringify(id)} for this account.`
  const error = new CodedError('PREVIOUS_RESPONSE_NOT_FOUND', message, { details: { param } })
  return Object.assign(error, { httpStatus: 400 })
}

function atPin(candidates: readonly Candidate[], { providerId, keyName }: Pin): Candidate[] {
  const there = candidates.filter(
    (one) => one.provider.id === providerId && (isBroken(one.provider) || one.keyName === keyName),
  )
  if (there.length > 0) return there
  throw Object.assign(
    new CodedError(
      'RESPONSE_TARGET_GONE',
      'The provider or the key that made the earlier response is gone, or is no target of this model. Send the whole conversation without ids of earlier responses and items.',
    ),
    { httpStatus: 409 },
  )
}

/** The model exists, and none of its providers serves the protocol. */
export function notServed(model: string, protocol: ModelProtocol): CodedError {
  return new CodedError(
    'VALIDATION_ERROR',
    `The provider of ${JSON.stringify(model)} does not serve ${protocol}.`,
    { details: { param: 'model' } },
  )
}
