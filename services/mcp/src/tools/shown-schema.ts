/** Limits of texts; the error names the limit to a caller that exceeds it. */
const OMITTED = new Set(['minLength', 'maxLength'])

/**
 * A tool schema as clients see it: without limits of texts, and with an `enum` for a union of constants. Every conversation of an agent
 * contains these texts. The input is checked with the complete schema.
 */
export function shownSchema<T>(schema: T): T {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => {
      if (OMITTED.has(key)) return undefined
      const options = (value as { anyOf?: unknown } | null)?.anyOf
      if (!Array.isArray(options)) return value
      const constants = options.map((one: { const?: unknown }) => one.const)
      return constants.every((one) => typeof one === 'string')
        ? { type: 'string', enum: constants }
        : value
    }),
  ) as T
}
