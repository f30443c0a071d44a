/**
 * Aborts the controller with the reason of the first of these signals that aborts, until the returned function is called: call it when the work has ended,
 * because a signal that outlives the work keeps its listeners. Like `AbortSignal.any` for what runs thousands of times a second, at a tenth of the cost.
 */
export function followAborts(
  controller: AbortController,
  signals: readonly AbortSignal[],
): () => void {
  const onAbort = ({ target }: Event): void => abort(target as AbortSignal)
  const end = (): void => {
    for (const signal of signals) signal.removeEventListener('abort', onAbort)
  }
  const abort = ({ reason }: AbortSignal): void => {
    end()
    controller.abort(reason)
  }
  for (const signal of signals) signal.addEventListener('abort', onAbort)
  const aborted = signals.find((signal) => signal.aborted)
  if (aborted !== undefined) abort(aborted)
  return end
}
