import { useEffect, useState } from 'preact/hooks'

/** False while the view is drawn for the first time, then true: what is further down can wait until what is seen first is there. */
export function useSettled(): boolean {
  const [isSettled, setSettled] = useState(false)
  useEffect(() => {
    // A page that is not visible draws no frame, and is not waited for.
    const timer = setTimeout(() => setSettled(true), HIDDEN_MS)
    const frame = requestAnimationFrame(() => setTimeout(() => setSettled(true)))
    return () => {
      clearTimeout(timer)
      cancelAnimationFrame(frame)
    }
  }, [])
  return isSettled
}

const HIDDEN_MS = 1000
