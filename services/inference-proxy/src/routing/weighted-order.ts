import { createHash } from 'node:crypto'

/** What an order is drawn from. */
export interface Weighted {
  readonly id: string
  /** 0: behind all others. */
  readonly weight: number
}

/** How an order is drawn: by the name of a session, which gives the same order each time, or at random. */
export type Draw = { readonly session: string } | { readonly random: () => number }

/**
 * Draws an order in which each item comes first as often as its weight says. By a session the order is always the same, and an item that
 * is added or removed moves only the sessions that it takes or had (weighted rendezvous hashing; Schindelhauer and Schomaker, 2005). At
 * random it is the sampling of Efraimidis and Spirakis (2006), which uses the same key.
 */
export function weightedOrder<T extends Weighted>(items: readonly T[], draw: Draw): T[] {
  if (items.length < 2) return [...items]
  return items
    .map((item) => ({ item, key: keyOf(item, draw) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

function keyOf({ id, weight }: Weighted, draw: Draw): number {
  const drawn = 'session' in draw ? hashed(draw.session, id) : draw.random()
  const cost = -Math.log(Math.min(1 - Number.EPSILON, Math.max(Number.MIN_VALUE, drawn)))
  return weight > 0 ? cost / weight : Number.MAX_VALUE
}

/** A number from 0 to 1 that belongs to the pair. */
function hashed(session: string, id: string): number {
  const digest = createHash('sha256').update(session).update('\0').update(id).digest()
  return digest.readUIntBE(0, 6) / 2 ** 48
}
