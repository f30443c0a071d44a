import { useEffect, useState } from 'preact/hooks'

/**
 * A number of things to draw that grows to the whole by a step for each frame, so that a long list is seen at once and no frame takes long. When no more
 * than a step is missing, it is the whole: what is added later appears at once.
 */
export function useGrowing(whole: number, step: number): number {
  const [number, setNumber] = useState(Math.min(whole, step))
  const next = Math.min(whole, number + step)
  useEffect(() => {
    if (number >= whole) return undefined
    const grow = (): void => setNumber(next)
    // A page that is not visible draws no frame, and is not waited for.
    const timer = setTimeout(grow, HIDDEN_MS)
    const frame = requestAnimationFrame(() => setTimeout(grow))
    return () => {
      clearTimeout(timer)
      cancelAnimationFrame(frame)
    }
  }, [number, whole])
  return whole - number <= step ? whole : number
}

const HIDDEN_MS = 1000
