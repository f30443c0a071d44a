import type { Secret } from '@alkdev/crypto'
import { Type } from '@alkdev/typebox'
import type { TArray, TInteger, TObject, TProperties, TString, TUnsafe } from '@alkdev/typebox'

/** The object of one section or of a part of one: no unknown names, absent means all defaults. */
export function section<P extends TProperties>(description: string, properties: P): TObject<P> {
  return Type.Object(properties, { additionalProperties: false, default: {}, description })
}

/** Milliseconds. */
export function ms(
  defaultMs: number,
  description: string,
  minimum = 1,
  maximum = 86_400_000,
): TInteger {
  return Type.Integer({ minimum, maximum, default: defaultMs, description })
}

/** Bytes. */
export function bytes(defaultBytes: number, description: string, minimum = 1024): TInteger {
  return Type.Integer({ minimum, maximum: 1024 ** 3, default: defaultBytes, description })
}

export function count(
  defaultCount: number,
  description: string,
  minimum = 0,
  maximum = 1_000_000_000,
): TInteger {
  return Type.Integer({ minimum, maximum, default: defaultCount, description })
}

export function text(description: string, defaultText?: string): TString {
  const options = { minLength: 1, maxLength: 4096, description }
  return Type.String(defaultText === undefined ? options : { ...options, default: defaultText })
}

/** Servers, each as `host:port`. */
export function nodes(description: string): TArray<TString> {
  return Type.Array(text('A server as `host:port`.'), { minItems: 1, maxItems: 100, description })
}

/** A text in the file that the loaded config holds as a `Secret`. Should be `_encrypted` in the file. */
export function secretText(description: string): TUnsafe<Secret> {
  // A string for the validator, a Secret for the type: `wrapSecrets` makes the one into the other.
  const schema = Type.String({ minLength: 1, maxLength: 65_536, description, secret: true })
  return schema as unknown as TUnsafe<Secret>
}
