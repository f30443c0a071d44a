import { useCallback, useEffect, useState } from 'preact/hooks'

/** The rows of a list that are chosen, by their keys. */
export interface Choice {
  readonly chosen: ReadonlySet<string>
  readonly set: (keys: readonly string[], isChosen: boolean) => void
  readonly clear: () => void
}

const NONE: ReadonlySet<string> = new Set()

/** Rows that are chosen for an act. `list` names the list with its filters: for another one nothing is chosen. */
export function useChoice(list: string): Choice {
  const [chosen, setChosen] = useState(NONE)
  useEffect(() => setChosen(NONE), [list])
  const set = useCallback(
    (keys: readonly string[], isChosen: boolean) =>
      setChosen((was) => {
        const next = new Set(was)
        for (const key of keys)
          if (isChosen) next.add(key)
          else next.delete(key)
        return next
      }),
    [],
  )
  const clear = useCallback(() => setChosen(NONE), [])
  return { chosen, set, clear }
}
