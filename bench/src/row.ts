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
  /** Whether the target is met. */
  readonly ok?: boolean
}
