/** What one input came to. `fault`: an answer without a code of the table, or none at all. */
export type Outcome =
  | { readonly is: 'ok' }
  | { readonly is: 'coded'; readonly code: string }
  | { readonly is: 'fault'; readonly what: string }

export interface EntryCounts {
  inputs: number
  ok: number
  coded: number
  faults: number
}

/** Counts outcomes by entry point, and keeps the first faults of each. */
export class FuzzTally {
  readonly counts = new Map<string, EntryCounts>()
  readonly codes = new Map<string, number>()
  readonly faults: string[] = []

  add(entry: string, outcome: Outcome): void {
    const counts = this.counts.get(entry) ?? { inputs: 0, ok: 0, coded: 0, faults: 0 }
    this.counts.set(entry, counts)
    counts.inputs += 1
    if (outcome.is === 'ok') counts.ok += 1
    else if (outcome.is === 'coded') {
      counts.coded += 1
      this.codes.set(outcome.code, (this.codes.get(outcome.code) ?? 0) + 1)
    } else {
      counts.faults += 1
      if (this.faults.length < 100) this.faults.push(`${entry}: ${outcome.what}`)
    }
  }

  get inputs(): number {
    return [...this.counts.values()].reduce((sum, { inputs }) => sum + inputs, 0)
  }

  /** One line for each entry point. */
  table(): string {
    const lines = [...this.counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([entry, { inputs, ok, coded, faults }]) =>
        [
          entry.padEnd(24),
          ...[inputs, ok, coded, faults].map((count) => String(count).padStart(9)),
        ].join(''),
      )
    const head = [
      'entry point'.padEnd(24),
      ...['inputs', 'ok', 'coded', 'faults'].map((word) => word.padStart(9)),
    ]
    return [head.join(''), ...lines].join('\n')
  }
}
