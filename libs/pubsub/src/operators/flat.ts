import type { Repeater } from '../repeater.ts'
import { derive } from './derive.ts'

/** What one level of flattening makes of a value. */
export type Flat<T> = T extends string
  ? T
  : T extends AsyncIterable<infer U>
    ? U
    : T extends Iterable<infer U>
      ? U
      : T

/**
 * The values of the iterables and async iterables of the source, one after the other, one level deep. Strings and what is not iterable
 * pass as they are.
 * End: with the source, after its last iterable. Error: of the source as it is; an iterable that fails returns the source. Early return:
 * returns the iterable that is being read and the source, at once. Concurrency: one iterable at a time, read only on demand. Memory: one value
 * and the array that is being read.
 */
export function flat<T>(): (source: AsyncIterable<T>) => Repeater<Flat<T>, undefined> {
  return (source) =>
    derive<Flat<T>>(async ({ open, push }) => {
      const pull = open(source)
      for (let item = await pull(); item.done !== true; item = await pull()) {
        const value: unknown = item.value
        if (!isIterable(value)) {
          if (!(await push(value as Flat<T>))) return
          continue
        }
        const pullInner = open(isAsyncIterable(value) ? value : fromSync(value))
        for (let inner = await pullInner(); inner.done !== true; inner = await pullInner()) {
          if (!(await push(inner.value as Flat<T>))) return
        }
      }
    })
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.asyncIterator in value || Symbol.iterator in value)
  )
}

function isAsyncIterable(
  value: Iterable<unknown> | AsyncIterable<unknown>,
): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value
}

async function* fromSync(values: Iterable<unknown>): AsyncGenerator<unknown, void, unknown> {
  yield* values
}
