import { limitMembers } from '../usage/output-limit.ts'
import { member } from '../usage/usage.ts'
import type { Endpoint } from './endpoint.ts'
import { withMembers } from './json-members.ts'
import type { ModelBody } from './model-body.ts'

export interface UpstreamBody {
  readonly bytes: Buffer
  /** The proxy asks for the usage of the stream although the client did not: the event that holds it is for the proxy alone. */
  readonly asksForUsage: boolean
}

export interface UpstreamBodyChanges {
  /** The model's name at the provider. */
  readonly model: string
  /** The most output tokens, where the hub sets them. */
  readonly outputLimit: number | undefined
  /** The member that limits the output, of a request that has none. */
  readonly outputLimitField: string | undefined
  readonly mayAskForUsage: boolean
}

/**
 * The body for a provider: the bytes of the client, but for the model's name, and where needed a limit on the output and the question for
 * the usage of a stream.
 */
export function upstreamBody(
  { protocol }: Endpoint,
  { bytes, object, value }: ModelBody,
  { model, outputLimit, outputLimitField, mayAskForUsage }: UpstreamBodyChanges,
): UpstreamBody {
  const changes: Record<string, unknown> = {}
  // Of two, the provider may read the other one.
  const isOnce = object.members.filter(({ name }) => name === 'model').length === 1
  if (value['model'] !== model || !isOnce) changes['model'] = model
  if (outputLimit !== undefined)
    for (const name of limitMembers(protocol, { object }, outputLimitField))
      changes[name] = outputLimit
  const options = value['stream_options']
  const asksForUsage =
    mayAskForUsage &&
    value['stream'] === true &&
    (protocol === 'chat' || protocol === 'completions') &&
    member(options, 'include_usage') !== true
  if (asksForUsage)
    changes['stream_options'] = {
      ...(typeof options === 'object' && options !== null && !Array.isArray(options) && options),
      include_usage: true,
    }
  const isSame = Object.keys(changes).length === 0
  return { bytes: isSame ? bytes : withMembers(bytes, object, changes), asksForUsage }
}
