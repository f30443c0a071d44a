import type { FailingPath } from '@alkdev/http'
import { CallError } from '@alkdev/operations'

/** The parameters of an address, checked one by one. Each reader returns `{}` for an absent one. */
export interface QueryReader {
  text<Name extends string>(name: Name): { readonly [N in Name]?: string }
  integer<Name extends string>(
    name: Name,
    least: number,
    most: number,
  ): { readonly [N in Name]?: number }
  oneOf<Name extends string, const Value extends string>(
    name: Name,
    values: readonly Value[],
  ): { readonly [N in Name]?: Value }
  flag(name: string): boolean
}

const MAX_LENGTH = 1024

function fail(name: string, message: string): CallError {
  const errors: readonly FailingPath[] = [{ path: `/query/${name}`, message }]
  return new CallError('VALIDATION_ERROR', `The parameter ${name} ${message}.`, { errors })
}

/** Reads the query of a request; unknown and repeated parameters are refused. Throws VALIDATION_ERROR. */
export function readQuery(query: unknown, names: readonly string[]): QueryReader {
  const values = new Map<string, string>()
  for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
    if (!names.includes(name)) throw fail(name.slice(0, 64), 'is not known')
    if (typeof value !== 'string') throw fail(name, 'must be given once')
    if (value.length > MAX_LENGTH) throw fail(name, `must be ${MAX_LENGTH} characters at most`)
    if (value !== '') values.set(name, value)
  }
  const only = <Name extends string, Value>(name: Name, value: Value | undefined) =>
    (value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: Value }
  return {
    text: (name) => only(name, values.get(name)),
    integer(name, least, most) {
      const text = values.get(name)
      if (text === undefined) return {}
      const number = Number(text)
      if (!/^\d{1,9}$/.test(text) || number < least || number > most) {
        throw fail(name, `must be a whole number from ${least} to ${most}`)
      }
      return only(name, number)
    },
    oneOf(name, allowed) {
      const text = values.get(name)
      const found = allowed.find((value) => value === text)
      if (text !== undefined && found === undefined) {
        throw fail(name, `must be one of ${allowed.join(', ')}`)
      }
      return only(name, found)
    },
    flag(name) {
      const text = values.get(name)
      if (text === undefined || text === '0' || text === 'false') return false
      if (text === '1' || text === 'true') return true
      throw fail(name, 'must be 1 or 0')
    },
  }
}
