import { compileSchema } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'

/** `alkhub:` is for what the hub itself keeps. */
const Uri = Type.String({ pattern: '^[a-z][a-z0-9+.-]*:', maxLength: 512 })

/**
 * Member `mcp` of the `_meta` of an operation: what it is in the native catalog. Without any of the first five members it is a tool
 * under its operation id.
 */
export const NativeOffer = Type.Object(
  {
    /** The name of the tool. */
    tool: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,128}$' })),
    /** The name of the prompt. The members of the input are its arguments. */
    prompt: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,128}$' })),
    /** The URI of the resource. */
    resource: Type.Optional(Uri),
    /** The URI template (RFC 6570) of resources. Its variables are the input. */
    template: Type.Optional(Uri),
    /** The prompt, or the URI template, whose arguments it completes: `{name, value, arguments}` gives the values. */
    completes: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
    /** The media type of the resource. */
    mimeType: Type.Optional(Type.String({ maxLength: 128 })),
    /** The id of a subscription that gives an item with each change of the resource. It takes the input of this operation. */
    changes: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    /** It takes long: clients that take tasks get one in place of its result. */
    task: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type NativeOffer = Static<typeof NativeOffer>

/** What the operation offers; an offer of another form counts as none, so that it is a tool. */
export function offerOf({ _meta }: OperationSpec): NativeOffer {
  const offer = _meta?.['mcp']
  if (offer === undefined || !compileSchema(NativeOffer).check(offer)) return {}
  const { resource, template } = offer as NativeOffer
  const isOurs = [resource, template].some((uri) => uri?.startsWith('alkhub:'))
  return isOurs ? {} : (offer as NativeOffer)
}
