/** Runs a piece of work to its end in one go; `runInSlices` runs the same work between others. */
export function runAtOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}
