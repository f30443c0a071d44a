import type { LogLine } from './log-line.ts'

/**
 * The lines of several logs in the order of their times; those of one log keep their order. Lines without a time come first. Of lines with the same time, those
 * of the log of the line before come first.
 */
export async function* mergeByTime(
  logs: readonly AsyncGenerator<LogLine>[],
): AsyncGenerator<LogLine> {
  const heads = await Promise.all(logs.map((log) => nextOf(log)))
  let last = 0
  for (;;) {
    let first = last
    for (const [at, head] of heads.entries())
      if (head !== undefined && isBefore(head, heads[first])) first = at
    const [line, log] = [heads[first], logs[first]]
    if (line === undefined || log === undefined) return
    yield line
    heads[first] = await nextOf(log)
    last = first
  }
}

function isBefore(one: LogLine, other: LogLine | undefined): boolean {
  return other === undefined || timeOf(one) < timeOf(other)
}

function timeOf({ time }: LogLine): number {
  return time ?? Number.NEGATIVE_INFINITY
}

async function nextOf(log: AsyncGenerator<LogLine>): Promise<LogLine | undefined> {
  const { value, done } = await log.next()
  return done === true ? undefined : value
}
