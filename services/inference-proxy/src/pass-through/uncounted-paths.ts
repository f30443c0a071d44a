import { CodedError } from '@alkdev/errors'
import type { ReportsElsewhere } from '../ledger/reports-elsewhere.ts'
import { ENDPOINTS } from '../relay/endpoints.ts'
import type { Way } from './find-way.ts'

/** Answers with a key of the provider, with which its holder asks the provider without the hub. */
const MINTS = /^(?:realtime\/(?:client_secrets|sessions|transcription_sessions)|chatkit\/sessions)$/
const BATCHES = /^(?:messages\/)?batches$/
/** Makes what goes on after the answer, or what is charged by other units than tokens. */
const ELSEWHERE =
  /^(?:realtime\/calls|fine_tuning\/jobs|threads\/(?:[^/]+\/)?runs|evals\/[^/]+\/runs|videos(?:\/.+)?)(?:\/|$)/
/** Has a model of its own for a request that names none. */
const OWN_MODEL = /^(?:images|audio|realtime)(?:\/|$)/
/** Stored responses go to the account that made them. */
const RESPONSES = /^responses(?:\/|$)/

const BATCH: ReportsElsewhere = {
  why: 'a batch reports what it uses with its results only. Send its requests one by one',
}
const LATER: ReportsElsewhere = { why: 'its answer does not say what it uses' }
const UNNAMED: ReportsElsewhere = {
  why: 'it names no model, so that the provider takes one of its own. Name the model',
  param: 'model',
}

/** A path as a server reads that decodes it, and does not mind capitals. `path`: one that `isBelow` the base URL. */
export function meantPath(path: string): string {
  return decodeURIComponent(path).toLowerCase()
}

/**
 * Throws for a path that no entry of a provider's `paths` can offer: ACCESS_DENIED for one whose answer is a key of the provider, OPERATION_NOT_FOUND for an endpoint of the
 * hub, which knows its limits and its usage.
 */
export function refusePath(path: string): void {
  const meant = meantPath(path)
  if (MINTS.test(meant))
    throw new CodedError(
      'ACCESS_DENIED',
      `${path} is not served: it answers with a key of the provider, with which requests pass the hub by. Ask the hub itself, with a key of the hub.`,
    )
  if (ENDPOINTS.some((one) => one.path === meant) || RESPONSES.test(meant))
    throw new CodedError(
      'OPERATION_NOT_FOUND',
      `${meant} is no further path of a provider. Ask /v1/${meant} and name the model as provider/model.`,
    )
}

/** Why the answer of a way cannot say what is used; undefined where it can, and where nothing is used. `isSocket`: the request opens a WebSocket. */
export function reportsElsewhere(
  { path, model }: Pick<Way, 'path' | 'model'>,
  method: string,
  isSocket = false,
): ReportsElsewhere | undefined {
  if (method !== 'POST' && !isSocket) return undefined
  const meant = meantPath(path)
  if (BATCHES.test(meant)) return BATCH
  if (ELSEWHERE.test(meant)) return LATER
  return model === undefined && (isSocket || OWN_MODEL.test(meant)) ? UNNAMED : undefined
}
