type Step<T, U> = (value: T) => U

export function pipe<A>(source: A): A
export function pipe<A, B>(source: A, f1: Step<A, B>): B
export function pipe<A, B, C>(source: A, f1: Step<A, B>, f2: Step<B, C>): C
export function pipe<A, B, C, D>(source: A, f1: Step<A, B>, f2: Step<B, C>, f3: Step<C, D>): D
export function pipe<A, B, C, D, E>(
  source: A,
  f1: Step<A, B>,
  f2: Step<B, C>,
  f3: Step<C, D>,
  f4: Step<D, E>,
): E
export function pipe<A, B, C, D, E, F>(
  source: A,
  f1: Step<A, B>,
  f2: Step<B, C>,
  f3: Step<C, D>,
  f4: Step<D, E>,
  f5: Step<E, F>,
): F
export function pipe<A, B, C, D, E, F, G>(
  source: A,
  f1: Step<A, B>,
  f2: Step<B, C>,
  f3: Step<C, D>,
  f4: Step<D, E>,
  f5: Step<E, F>,
  f6: Step<F, G>,
): G
export function pipe<A, B, C, D, E, F, G, H>(
  source: A,
  f1: Step<A, B>,
  f2: Step<B, C>,
  f3: Step<C, D>,
  f4: Step<D, E>,
  f5: Step<E, F>,
  f6: Step<F, G>,
  f7: Step<G, H>,
): H
export function pipe<A, B, C, D, E, F, G, H, I>(
  source: A,
  f1: Step<A, B>,
  f2: Step<B, C>,
  f3: Step<C, D>,
  f4: Step<D, E>,
  f5: Step<E, F>,
  f6: Step<F, G>,
  f7: Step<G, H>,
  f8: Step<H, I>,
): I
export function pipe<A, B, C, D, E, F, G, H, I, J>(
  source: A,
  f1: Step<A, B>,
  f2: Step<B, C>,
  f3: Step<C, D>,
  f4: Step<D, E>,
  f5: Step<E, F>,
  f6: Step<F, G>,
  f7: Step<G, H>,
  f8: Step<H, I>,
  f9: Step<I, J>,
): J
export function pipe<A, B, C, D, E, F, G, H, I, J, K>(
  source: A,
  f1: Step<A, B>,
  f2: Step<B, C>,
  f3: Step<C, D>,
  f4: Step<D, E>,
  f5: Step<E, F>,
  f6: Step<F, G>,
  f7: Step<G, H>,
  f8: Step<H, I>,
  f9: Step<I, J>,
  f10: Step<J, K>,
): K
export function pipe<A, B, C, D, E, F, G, H, I, J, K, L>(
  source: A,
  f1: Step<A, B>,
  f2: Step<B, C>,
  f3: Step<C, D>,
  f4: Step<D, E>,
  f5: Step<E, F>,
  f6: Step<F, G>,
  f7: Step<G, H>,
  f8: Step<H, I>,
  f9: Step<I, J>,
  f10: Step<J, K>,
  f11: Step<K, L>,
): L
export function pipe<A, B, C, D, E, F, G, H, I, J, K, L, M>(
  source: A,
  f1: Step<A, B>,
  f2: Step<B, C>,
  f3: Step<C, D>,
  f4: Step<D, E>,
  f5: Step<E, F>,
  f6: Step<F, G>,
  f7: Step<G, H>,
  f8: Step<H, I>,
  f9: Step<I, J>,
  f10: Step<J, K>,
  f11: Step<K, L>,
  f12: Step<L, M>,
): M
/**
 * `source` given to the first function, its result to the next, and so on: `pipe(events, filter(p), map(f), toArray)` is
 * `toArray(map(f)(filter(p)(events)))`. Runs nothing itself; ends, errors, early return and memory are those of the operators.
 */
export function pipe(source: unknown, ...steps: readonly Step<unknown, unknown>[]): unknown {
  let value = source
  for (const step of steps) value = step(value)
  return value
}
