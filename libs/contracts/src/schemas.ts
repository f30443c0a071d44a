import { namedPattern } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static, TSchema } from '@alkdev/typebox'
import { NAME_PATTERN, SPOKE_NAME_PATTERN } from './names.ts'

export const Uuid = Type.String({ format: 'uuid' })
export const Timestamp = Type.String({ format: 'date-time' })

export const Limit = Type.Integer({
  minimum: 1,
  maximum: 200,
  description: 'Items of one page; 50 when absent.',
})
export const Cursor = Type.String({
  minLength: 1,
  maxLength: 1024,
  description: '`nextCursor` of the page before.',
})

/** What each list takes. */
export const pageInput = { limit: Type.Optional(Limit), cursor: Type.Optional(Cursor) }

/** What each list gives: `nextCursor` is there while more follows. */
export function page<Item extends TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item), nextCursor: Type.Optional(Cursor) })
}

/** An object that takes no field but the listed ones, so that a misspelt field is an error and not ignored. */
export const closed = { additionalProperties: false } as const

export const ScopeName = Type.String({
  pattern: namedPattern(
    '^(\\*|[A-Za-z][A-Za-z0-9_-]*:(\\*|[A-Za-z][A-Za-z0-9_-]*))$',
    'must be a scope, `namespace:action`, for instance `fs:read`, `fs:*` or `*`',
  ),
  maxLength: 128,
  description: '`namespace:verb`, `namespace:*` or `*`.',
})

export const Resources = Type.Record(
  Type.String({
    pattern: namedPattern('^[^:]+:.+$', 'must be `type:id`, for instance `spoke:laptop`'),
  }),
  Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 32 }),
  { description: '`type:id` (or `type:*`) to the actions allowed on it.' },
)

export const OperationTypeName = Type.Union([
  Type.Literal('query'),
  Type.Literal('mutation'),
  Type.Literal('subscription'),
])
export type OperationTypeName = Static<typeof OperationTypeName>

/** A short name: lower-case letters, digits and hyphens. */
export const Slug = Type.String({ pattern: SPOKE_NAME_PATTERN })

/** Free text of one line that people read in lists: with the rule of `NAME_PATTERN`. */
export const Label = Type.String({ minLength: 1, maxLength: 256, pattern: NAME_PATTERN })

/** The same, or null to take it away. */
export const LabelOrNull = Type.Union([Label, Type.Null()])

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
  options: { readonly description?: string } = {},
) {
  return Type.Union(
    words.map((word) => Type.Literal(word as Words[number])),
    options,
  )
}
