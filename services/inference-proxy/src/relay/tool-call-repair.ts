import { listOf, member } from '../usage/usage.ts'

interface Call {
  readonly id: string
  readonly index: number
}

/**
 * Repairs the indices of the tool calls in the events of one stream of chat completions, for a provider that repeats or omits them: a new id at
 * an index that is used gets the next free index, a piece without an id continues the call at its index, or the last call when it has no
 * index. The indices that go out are dense from 0.
 */
export class ToolCallRepair {
  readonly #byChoice = new Map<unknown, ChoiceRepair>()

  /** The repaired event; undefined for one that is right. `data`: the parsed event. */
  take(data: unknown): unknown {
    let isChanged = false
    const choices = listOf(member(data, 'choices')).map((choice) => {
      const delta = member(choice, 'delta')
      const calls = member(delta, 'tool_calls')
      if (!Array.isArray(calls)) return choice
      const place = member(choice, 'index')
      const repair = this.#byChoice.get(place) ?? new ChoiceRepair()
      this.#byChoice.set(place, repair)
      const repaired = calls.map((call: unknown) => {
        const index = repair.indexOf(call)
        if (member(call, 'index') === index) return call
        isChanged = true
        return { ...(call as object), index }
      })
      return { ...(choice as object), delta: { ...(delta as object), tool_calls: repaired } }
    })
    return isChanged ? { ...(data as object), choices } : undefined
  }
}

class ChoiceRepair {
  readonly #byGiven = new Map<number, Call>()
  readonly #byId = new Map<string, Call>()
  #last: Call | undefined
  #next = 0

  indexOf(call: unknown): number {
    const [id, given] = [member(call, 'id'), member(call, 'index')]
    const hasId = typeof id === 'string' && id !== ''
    const known = hasId ? this.#byId.get(id) : undefined
    const continued = hasId
      ? known
      : typeof given === 'number'
        ? this.#byGiven.get(given)
        : this.#last
    const found = continued ?? this.#open(hasId ? id : '')
    if (typeof given === 'number') this.#byGiven.set(given, found)
    this.#last = found
    return found.index
  }

  #open(id: string): Call {
    const call = { id, index: this.#next }
    this.#next += 1
    if (id !== '') this.#byId.set(id, call)
    return call
  }
}
