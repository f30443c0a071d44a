import { asText } from './document.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import type { PlannedParameter } from './parameters.ts'
import { mediaTypeOf } from './media-type.ts'
import { isRange } from './request-body.ts'
import type { PlannedBody } from './request-body.ts'
import { newUses } from './schema-source.ts'
import type { SchemaSource, Uses } from './schema-source.ts'

/** The members of an operation's input that are not parameters. */
export interface BodyInputs {
  readonly body: string
  /** Chooses the media type of the body, where there are several. */
  readonly contentType: string | undefined
}

/** `body`, and `contentType` where the body has several media types or a range of them; a parameter of that name keeps it. */
export function bodyInputs(
  body: PlannedBody | undefined,
  parameters: readonly PlannedParameter[],
): BodyInputs {
  const taken = parameters.some(({ input }) => input === 'contentType')
  const several = body !== undefined && (body.forms.length > 1 || body.forms.some(isRange))
  return {
    body: 'body',
    contentType: several ? (taken ? 'bodyContentType' : 'contentType') : undefined,
  }
}

/** A schema with what it needs and what was left out of it. */
export interface TakenSchema {
  readonly schema: unknown
  readonly loosened: readonly string[]
}

/** One object with a member for each parameter and one for the body. */
export function* inputSchema(
  source: SchemaSource,
  parameters: readonly PlannedParameter[],
  body: PlannedBody | undefined,
  inputs: BodyInputs,
): Generator<void, TakenSchema> {
  const uses = newUses()
  const properties: Record<string, unknown> = {}
  const required: string[] = []
  for (const { input, description, schema, at, ...parameter } of parameters) {
    const own = source.convert(schema, 'request', `${at}/schema`, uses)
    properties[input] =
      description === undefined || !isPlainObject(own)
        ? own
        : { ...own, description: asText(own['description']) ?? description }
    if (parameter.required) required.push(input)
  }
  if (body !== undefined) {
    properties[inputs.body] = bodySchema(source, body, uses)
    if (body.required) required.push(inputs.body)
    if (inputs.contentType !== undefined) properties[inputs.contentType] = contentTypeSchema(body)
  }
  const schema = yield* source.definitionSteps(
    {
      type: 'object',
      properties,
      ...(required.length !== 0 && { required }),
      additionalProperties: false,
    },
    'request',
    uses,
  )
  return { schema, loosened: [...uses.loosened] }
}

function contentTypeSchema({ forms }: PlannedBody): unknown {
  const exact = forms.filter((form) => !isRange(form)).map(({ contentType }) => contentType)
  const ranges = forms.filter(isRange).map(({ contentType }) => ({
    pattern: `^${mediaTypeOf(contentType).replaceAll(/[.+]/g, '[$&]').replaceAll('*', '[A-Za-z0-9.+_-]+')}$`,
  }))
  const options = exact.length === 0 ? ranges : [{ enum: exact }, ...ranges]
  return {
    type: 'string',
    ...(options.length === 1 ? options[0] : { anyOf: options }),
    description: 'Media type of the body. By default the first that can hold it.',
  }
}

function bodySchema(source: SchemaSource, { forms }: PlannedBody, uses: Uses): unknown {
  const options = new Map(
    forms.map(({ schema, at }) => {
      const option = source.convert(schema, 'request', at, uses)
      return [JSON.stringify(option), option] as const
    }),
  )
  const [first] = options.values()
  return options.size === 1 ? first : { anyOf: [...options.values()] }
}
