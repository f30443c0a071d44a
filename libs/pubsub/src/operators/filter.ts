import type { Repeater } from '../repeater.ts'
import { derive } from './derive.ts'

type FilterOperator<T, U = T> = (source: AsyncIterable<T>) => Repeater<U, undefined>

export function filter<T, U extends T>(predicate: (value: T) => value is U): FilterOperator<T, U>
export function filter<T>(predicate: (value: T) => boolean | Promise<boolean>): FilterOperator<T>
/**
 * Values for which `predicate` is (or resolves to) true, in order.
 * End: with the source. Error: of the source as it is; what `predicate` throws returns the source. Early return:
 * returns the source at once. Concurrency: one predicate at a time, the source is read only on demand. Memory: one value.
 */
export function filter<T>(predicate: (value: T) => boolean | Promise<boolean>): FilterOperator<T> {
  return (source) =>
    derive(async ({ open, push }) => {
      const pull = open(source)
      for (let item = await pull(); item.done !== true; item = await pull()) {
        if ((await predicate(item.value)) && !(await push(item.value))) return
      }
    })
}
