export type Schema = Readonly<Record<string, unknown>>

/** A member of an input that a form shows as a field of its own. */
export interface Field {
  readonly name: string
  readonly kind: 'text' | 'long-text' | 'number' | 'boolean' | 'choice' | 'json'
  readonly required: boolean
  readonly description: string
  readonly choices: readonly string[]
  /** Whole numbers only. */
  readonly integer: boolean
  readonly example: string
}

const LONG_TEXT = 5000

/** The fields of an input schema, required ones first; undefined for an input that is no plain object, which is written as JSON. */
export function fieldsOf(schema: unknown): readonly Field[] | undefined {
  if (!isSchema(schema) || schema['type'] !== 'object') return undefined
  const { properties } = schema
  if (!isSchema(properties)) return schema['additionalProperties'] === false ? [] : undefined
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const fields = Object.entries(properties).map(([name, member]) =>
    fieldOf(name, isSchema(member) ? member : {}, required.includes(name)),
  )
  return [...fields.filter((one) => one.required), ...fields.filter((one) => !one.required)]
}

function fieldOf(name: string, member: Schema, required: boolean): Field {
  const choices = choicesOf(member)
  const { type, description, maxLength, examples } = member
  const [example] = Array.isArray(examples) ? examples : [member['default']]
  const kind =
    choices.length > 0
      ? 'choice'
      : type === 'string'
        ? typeof maxLength === 'number' && maxLength > LONG_TEXT
          ? 'long-text'
          : 'text'
        : type === 'integer' || type === 'number'
          ? 'number'
          : type === 'boolean'
            ? 'boolean'
            : 'json'
  return {
    name,
    kind,
    required,
    choices,
    integer: type === 'integer',
    description: typeof description === 'string' ? description : '',
    example:
      example === undefined ? '' : typeof example === 'string' ? example : JSON.stringify(example),
  }
}

function choicesOf(member: Schema): readonly string[] {
  const { enum: listed, anyOf, const: only } = member
  if (typeof only === 'string') return [only]
  if (Array.isArray(listed) && listed.every((one) => typeof one === 'string')) return listed
  if (!Array.isArray(anyOf)) return []
  const values = anyOf.map((one) => (isSchema(one) ? one['const'] : undefined))
  return values.every((one) => typeof one === 'string') ? values : []
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What was typed in, as a value of the input; undefined for an empty field. Throws Error that says what is wrong with it. */
export function valueOf({ kind, integer, name }: Field, typed: string): unknown {
  if (typed === '') return undefined
  switch (kind) {
    case 'text':
    case 'long-text':
    case 'choice':
      return typed
    case 'boolean':
      return typed === 'true'
    case 'number': {
      const value = Number(typed)
      if (!Number.isFinite(value)) throw new Error(`${name} is not a number.`)
      if (integer && !Number.isInteger(value)) throw new Error(`${name} is not a whole number.`)
      return value
    }
    case 'json':
      try {
        return JSON.parse(typed)
      } catch (cause) {
        throw new Error(`${name} is not valid JSON.`, { cause })
      }
  }
  return kind satisfies never
}

/** A value of the input as text for its field. */
export function textOf({ kind }: Field, value: unknown): string {
  if (value === undefined) return ''
  if (kind === 'json') return JSON.stringify(value, null, 2)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The input that the texts of the fields give. Throws Error for the first that is wrong. */
export function inputOf(
  fields: readonly Field[],
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (const field of fields) {
    const value = valueOf(field, texts[field.name] ?? '')
    if (value !== undefined) input[field.name] = value
  }
  return input
}
