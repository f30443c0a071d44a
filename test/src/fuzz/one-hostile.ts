import type { Random } from '../torture/random.ts'
import { hostileValue } from './hostile-json.ts'
import { placesIn, pointerOf, textWith } from './sample-input.ts'
import type { Place } from './sample-input.ts'

/**
 * The JSON text of a value that is as it should be but for one member, sometimes two, sometimes none: so that each check behind the first one is reached.
 * `within`: where the members may be; default everywhere.
 */
export function oneHostile(random: Random, value: unknown, within: Place = []): string {
  const prefix = pointerOf(within)
  const places = placesIn(value)
    .map((place) => pointerOf(place))
    .filter((pointer) => pointer.startsWith(prefix))
  const count = random.pick([
    [2, 0],
    [8, 1],
    [2, 2],
  ])
  const replaced = new Map<string, string>()
  for (let at = 0; at < count && places.length > 0; at += 1)
    replaced.set(places[random.between(0, places.length - 1)] ?? '', hostileValue(random))
  return textWith(value, replaced)
}
