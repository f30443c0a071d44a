/** One measured line of the bench's table. */
export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The peer's or the floor's value in the same run, in the same unit. */
  readonly reference?: number
  /** Ours to the reference's, as the target has it. */
  readonly ratio?: number
  /** The target in words. */
  readonly target?: string
  /** Relative: half the distance between the quartiles of the rounds, by their median; of a ratio that of both sides together. Absent: not measured in rounds. */
  readonly noise?: number
  /** Whether the target is met. */
  readonly ok?: boolean
}
