import { CodedError } from '@alkdev/errors'
import type { IncomingHttpHeaders } from 'node:http'
import type { Identity } from '@alkdev/operations'
import type { ProxyContext } from '../context.ts'
import { isBroken, mayUse } from '../providers/provider.ts'
import type { KnownProvider, Provider } from '../providers/provider.ts'
import { findTargets } from '../providers/target.ts'
import { askedTiers, UNKNOWN_TIER } from '../prices/tier-names.ts'
import type { TierNames } from '../prices/tier-names.ts'
import { withMembers } from '../relay/json-members.ts'
import type { JsonObject } from '../relay/json-members.ts'
import { checkModelName, readModelBody } from '../relay/model-body.ts'
import { checkOtherModels, refuseOtherModels } from '../relay/deciding-members.ts'
import { measureBody, NO_BODY } from '../usage/estimate.ts'
import type { BodySize } from '../usage/estimate.ts'
import { answersOf } from '../usage/output-limit.ts'
import { allowedPath } from './allowed-path.ts'
import { readForm, withFormModel } from './form-model.ts'
import { refusePath } from './uncounted-paths.ts'

/** Where a request goes that is no request of a protocol that the hub knows. */
export interface Way {
  readonly provider: Provider
  /** What the provider calls the model; undefined for a request that names none. */
  readonly model: string | undefined
  /** As the client names it. */
  readonly requestedModel: string
  /** Below the base URL, without the query. */
  readonly path: string
  /** What the ledger calls it. */
  readonly endpoint: string
  readonly body: Buffer | undefined
  readonly size: BodySize
  /** How many answers it asks for. */
  readonly answers: number
  /** The tiers that it asks for. */
  readonly tiers?: TierNames | undefined
  /** It uses no tokens: what its answer says of usage is that of an earlier request. */
  readonly isFree: boolean
}

/** The request whose provider is looked for. */
export interface AskedWay {
  readonly identity: Identity
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly raw: { readonly url?: string | undefined }
  readonly body: unknown
}

/** The most tokens of a small form, and the fewest bytes of a large one that hold a token. */
const FORM_TOKENS = 8192
const BYTES_PER_TOKEN = 24
const PROVIDER_PATH = /^providers\/([^/]+)\/(.+)$/

/** A body, and the model in it. */
interface ReadBody {
  readonly model: string | undefined
  readonly size: BodySize
  readonly answers: number
  readonly tiers?: TierNames | undefined
  withModel(model: string): Buffer | undefined
}

/**
 * Finds the provider of a request: the one that its address (`providers/<name>/<path>`), its header `x-alkhub-provider` or its model
 * (`provider/model`, or an alias) names, or else the only one that offers the path. Throws OPERATION_NOT_FOUND when none does,
 * VALIDATION_ERROR when there are several.
 */
export async function findWay(
  { providers, runtime }: ProxyContext,
  request: AskedWay,
  address: string,
): Promise<Way> {
  const inAddress = PROVIDER_PATH.exec(address)
  const path = inAddress?.[2] ?? address
  const { identity, method } = request
  const header = request.headers['x-alkhub-provider']
  const named = inAddress?.[1] ?? (typeof header === 'string' ? header : undefined)
  const known = await providers.all()
  const offering = [...known.values()].filter(
    (one): one is Provider => mayUse(one, identity) && offers(one, path),
  )
  const read = withQuery(readBody(request), request)
  const { aliases } = runtime.config.inference
  const [target] =
    named === undefined && read.model !== undefined
      ? findTargets(read.model, identity, known, aliases).filter(({ provider }) =>
          offering.includes(provider as Provider),
        )
      : []
  const provider =
    target?.provider ??
    (named === undefined ? only(offering, path) : offering.find((one) => one.name === named))
  if (provider === undefined || isBroken(provider)) throw notOffered(method, path)
  const endpoint = allowedPath(provider, path)
  if (endpoint === undefined) throw notOffered(method, path)
  refusePath(path)
  const model = target?.model ?? read.model?.replace(`${provider.name}/`, '')
  return {
    provider,
    model,
    requestedModel: read.model ?? `${provider.name}/`,
    path,
    endpoint,
    body: model === undefined ? bytesOf(request) : read.withModel(model),
    size: read.size,
    answers: read.answers,
    tiers: read.tiers,
    isFree: method !== 'POST',
  }
}

function offers(provider: KnownProvider, path: string): boolean {
  return !isBroken(provider) && allowedPath(provider, path) !== undefined
}

function only(offering: readonly Provider[], path: string): Provider | undefined {
  if (offering.length < 2) return offering[0]
  throw new CodedError(
    'VALIDATION_ERROR',
    `Several providers offer ${path}. Name one in the header x-alkhub-provider, or in the address /v1/providers/<name>/${path}.`,
  )
}

function notOffered(method: string, path: string): CodedError {
  return new CodedError(
    'OPERATION_NOT_FOUND',
    `There is no ${method} /v1/${path} here. A provider offers further paths when they are in its \`paths\`.`,
  )
}

function bytesOf({ body }: AskedWay): Buffer | undefined {
  return Buffer.isBuffer(body) && body.length > 0 ? body : undefined
}

/**
 * Reads the model of a body. Throws VALIDATION_ERROR for a body that its provider could take for one that names a model while the hub does not:
 * the budget of a model counts by its name.
 */
function readBody(request: AskedWay): ReadBody {
  const bytes = bytesOf(request)
  const none: ReadBody = { model: undefined, size: NO_BODY, answers: 1, withModel: () => bytes }
  if (bytes === undefined) return none
  const type = request.headers['content-type'] ?? ''
  if (/^multipart\/form-data\b/i.test(type)) {
    const { found, answers, namesTier } = readForm(bytes, type)
    const tiers = namesTier ? { service: UNKNOWN_TIER } : undefined
    const size = formSize(bytes)
    // The model may be in the query.
    if (found === undefined) return { ...none, size, answers, tiers }
    checkModelName(found.model)
    const withModel = (model: string): Buffer => withFormModel(bytes, found, model)
    return { model: found.model, size, answers, tiers, withModel }
  }
  if (!/^application\/(?:.*\+)?json\b/i.test(type)) {
    refuseMembers(type, bytes)
    return none
  }
  const body = readModelBody(bytes)
  checkOtherModels(body)
  const { value, object } = body
  const size = measureBody({ bytes, value })
  const answers = answersOf({ bytes, object })
  const tiers = tiersOf(value, object)
  const { model } = value
  // Some readers take the first one of two members, and some do not mind capitals.
  const names = object.members.map(({ name }) => name).filter((name) => /^model$/i.test(name))
  if (typeof model !== 'string') {
    if (names.length > 1 || (names.length === 1 && model !== null)) throw notOnce()
    return { ...none, size, tiers }
  }
  if (names.some((name) => name !== 'model')) throw notOnce()
  checkModelName(model)
  const withModel = (name: string): Buffer => withMembers(bytes, object, { model: name })
  return { model, size, answers, tiers, withModel }
}

const TIER_MEMBER = /^(?:service_tier|speed|inference_geo)$/iu

/** The tiers of a body. A provider may read another member than the hub where one comes twice, or in capitals: then they are none with a known price. */
function tiersOf(value: Record<string, unknown>, { members }: JsonObject): TierNames | undefined {
  const names = members.map(({ name }) => name).filter((name) => TIER_MEMBER.test(name))
  const isClear = names.every(
    (name, at) => name === name.toLowerCase() && names.indexOf(name) === at,
  )
  if (isClear) return askedTiers(value)
  return { service: UNKNOWN_TIER }
}

/** A form holds a recording or an image, which has few tokens for its bytes. */
function formSize({ length }: Buffer): BodySize {
  return {
    ...NO_BODY,
    attachmentTokens: Math.max(FORM_TOKENS, Math.ceil(length / BYTES_PER_TOKEN)),
  }
}

/** The model that the query names counts as that of the body. Throws VALIDATION_ERROR when they differ. */
function withQuery(read: ReadBody, { raw }: AskedWay): ReadBody {
  const { url = '' } = raw
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''
  const members = [...new URLSearchParams(query)]
  for (const [name] of members) refuseOtherModels(name.replace(/\[.*/, '').toLowerCase())
  const named = members.filter(([name]) => /^model(?:\[|$)/i.test(name))
  const [[name, model] = [], ...more] = named
  if (model === undefined) return read
  if (more.length > 0 || name !== 'model' || (read.model !== undefined && read.model !== model))
    throw unread('The request must name its model once.')
  checkModelName(model)
  return { ...read, model }
}

/** Bytes that readers of JSON skip before the text: blanks, byte order marks, and the zeros of UTF-16 and UTF-32. */
const SKIPPED = new Set([0x00, 0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf, 0xfe, 0xff])
const BRACKETS: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b])

/** Many servers read a body as JSON whatever its type says. */
function refuseMembers(type: string, bytes: Buffer): void {
  let first = bytes.findIndex((byte) => !SKIPPED.has(byte))
  if (first < 0) first = bytes.length
  if (BRACKETS.has(bytes[first]))
    throw unread('A body of JSON must have the content type application/json.')
  if (/^(?:multipart|application\/x-www-form-urlencoded)\b/i.test(type.trim()))
    throw unread('A form must have the content type multipart/form-data.')
}

function notOnce(): CodedError {
  return unread('The body must name its model once, as a text in the member `model`.')
}

function unread(message: string): CodedError {
  return new CodedError('VALIDATION_ERROR', message, { details: { param: 'model' } })
}
